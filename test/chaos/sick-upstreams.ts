import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../src/kernel/json.ts';
import { atLeast, atMost, type Finding, type Scale, type Scenario } from './finding.ts';
import { callGateway, callTool, register, type Access } from './support/gateway-calls.ts';
import { GatewayProcess } from './support/gateway-process.ts';
import { quantile, timed } from './support/measure.ts';
import { restartUntilServed } from './support/restart.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';

interface Plan {
  readonly healthyCalls: number;
  /** Calls that wait for each sick service all the while. */
  readonly sickLanes: number;
  readonly slowestMs: number;
  readonly listMs: number;
  readonly restartMs: number;
}

/** On a small scale other tests run beside; a wait for a sick service is longer all the same. */
const plans: Readonly<Record<Scale, Plan>> = {
  full: { healthyCalls: 2_000, sickLanes: 50, slowestMs: 250, listMs: 500, restartMs: 3_000 },
  smoke: { healthyCalls: 50, sickLanes: 5, slowestMs: 4_000, listMs: 4_000, restartMs: 20_000 },
};

const LIST_EVERY = 10;
const CALL_MS = 5_000;
const AGAIN_MS = 200;
const sick = ['dead', 'silent', 'slow'] as const;

/** Keeps calling a sick service until told to stop. */
async function keepCalling(access: Access, service: string, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    await callTool(access, service, 'work', CALL_MS).catch(() => {});
    await sleep(AGAIN_MS);
  }
}

interface Measured {
  readonly callsMs: readonly number[];
  readonly listsMs: readonly number[];
  readonly shortLists: number;
}

/** Calls the healthy service and lists everything. */
async function measure(access: Access, calls: number): Promise<Measured> {
  const callsMs: number[] = [];
  const listsMs: number[] = [];
  let shortLists = 0;
  for (let index = 0; index < calls; index++) {
    callsMs.push(await timed(() => callTool(access, 'healthy', 'work', CALL_MS)));
    if (index % LIST_EVERY !== 0) continue;
    const list = async (): Promise<void> => {
      const { tools } = await callGateway(access, '/mcp', 'tools/list', {}, CALL_MS);
      const names = (tools as readonly JsonObject[]).map(({ name }) => name);
      if (!names.includes('healthy__work')) shortLists++;
    };
    listsMs.push(await timed(list));
  }
  return { callsMs, listsMs, shortLists };
}

/** A dead, a silent and a slow service stand beside a healthy one, all of them called. */
export const sickUpstreams: Scenario = {
  name: 'sick services',
  async run(scale): Promise<readonly Finding[]> {
    const { healthyCalls, sickLanes, slowestMs, listMs, restartMs } = plans[scale];
    await using stack = new AsyncDisposableStack();
    const gateway = stack.use(await GatewayProcess.start());
    const upstreams = new Map<string, ScriptedUpstream>();
    for (const slug of ['healthy', ...sick]) {
      const upstream = stack.use(await ScriptedUpstream.start());
      upstreams.set(slug, upstream);
      await register(gateway, slug, 'mcp-http', { url: upstream.url, era: 'modern' });
    }
    const alone = await measure(gateway, healthyCalls / 4);
    await upstreams.get('dead')?.[Symbol.asyncDispose]();
    for (const name of ['silent', 'slow'] as const) {
      const upstream = upstreams.get(name);
      if (upstream !== undefined) upstream.behaviour = name;
    }
    const stopping = new AbortController();
    const others = sick.flatMap((slug) =>
      Array.from({ length: sickLanes }, () => keepCalling(gateway, slug, stopping.signal)),
    );
    const beside = await measure(gateway, healthyCalls);
    // Starting beside them must not wait for them either.
    await gateway.kill();
    const { milliseconds } = await restartUntilServed(gateway, 'healthy', 'work');
    const again = await measure(gateway, healthyCalls / 4);
    stopping.abort();
    await Promise.all(others);
    const callMs = quantile([...beside.callsMs, ...again.callsMs], 0.99);
    return [
      atLeast('calls of the healthy one', beside.callsMs.length, healthyCalls),
      atMost('alone: slowest hundredth, ms', quantile(alone.callsMs, 0.99), slowestMs),
      atMost('beside: slowest hundredth, ms', callMs, slowestMs),
      atMost('lists without the healthy one', beside.shortLists + again.shortLists, 0),
      atMost('slowest list, ms', Math.max(...beside.listsMs, ...again.listsMs), listMs),
      atMost('restart to a good call, ms', milliseconds, restartMs),
    ];
  },
};
