import { addKeys } from '../../test/support/add-keys.ts';
import { startGateway } from '../../test/support/start-gateway.ts';
import type { RunningGateway } from '../../test/support/start-gateway.ts';
import { pinProcess } from '../pinning.ts';
import type { RunningSubject, Subject, SubjectContext, UpstreamAddress } from '../subject.ts';

const SLUG = 'echo';

/** A gateway of another checkout, and who is told how it started. */
export interface OtherGateway {
  readonly name: string;
  /** The checkout's main file. */
  readonly main: string;
  readonly environment: Readonly<Record<string, string>>;
  started(gateway: Pick<RunningGateway, 'processId' | 'readyMs'>): void;
}

/** The product itself with its default settings and the upstream registered as one service. */
export const gateway: Subject = {
  name: 'gateway',
  leftOut: () => undefined,
  start: (stage) => start(stage, []),
};

/** The same, every answer waiting until the disk has its usage record. */
export const strictGateway: Subject = {
  name: 'gateway-strict',
  leftOut: ({ name }) => (name === 'modern-small' ? undefined : 'measured in modern-small only'),
  start: (stage) => start(stage, ['--set', 'metering.durability=strict']),
};

/** The gateway that another checkout's main file starts. */
export function otherGateway(other: OtherGateway): Subject {
  return { name: other.name, leftOut: () => undefined, start: (stage) => start(stage, [], other) };
}

async function start(
  { upstream, core, nodeFlags, gatewayFlags }: SubjectContext,
  settings: readonly string[],
  other?: OtherGateway,
): Promise<RunningSubject> {
  const options = nodeFlags.length === 0 ? {} : { NODE_OPTIONS: nodeFlags.join(' ') };
  const running = await startGateway({
    flags: [...settings, ...gatewayFlags],
    environment: { ...other?.environment, ...options },
    ...(other === undefined ? {} : { main: other.main }),
  });
  try {
    other?.started(running);
    pinProcess(running.processId, core);
    await register(running, upstream);
  } catch (thrown) {
    await running.stop();
    throw thrown;
  }
  return {
    url: `${running.url}/mcp/${SLUG}`,
    headers: bearer(running.apiKey),
    callers: async (count) => (await addKeys(running.dataDirectory, count)).map(bearer),
    pid: running.processId,
    stop: () => running.stop(),
  };
}

const bearer = (key: string): Readonly<Record<string, string>> => ({
  Authorization: `Bearer ${key}`,
});

async function register(running: RunningGateway, upstream: UpstreamAddress): Promise<void> {
  const [command, ...args] = upstream.command;
  const where = upstream.era === 'stdio' ? { command, args } : { url: upstream.url };
  const response = await fetch(`${running.url}/register-service`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${running.apiKey}`,
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({ slug: SLUG, title: 'Echo', ...where }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`registering answered ${response.status}: ${text}`);
}
