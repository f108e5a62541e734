import { addKeys } from '../../test/support/add-keys.ts';
import { startGateway } from '../../test/support/start-gateway.ts';
import type { RunningGateway } from '../../test/support/start-gateway.ts';
import { limits } from '../../src/kernel/limits.ts';
import { pinProcess } from '../pinning.ts';
import { subscribeToRules } from '../billing/subscribe-to-rules.ts';
import { ruleOf } from '../policy-rules.ts';
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

/** How a gateway is started, beside the usual way. */
interface Variant {
  /** Further flags of `serve`. */
  readonly settings?: readonly string[];
  readonly other?: OtherGateway;
  /** What the load presents; the administrator's key when absent. */
  credentialOf?(running: RunningGateway): Promise<string>;
  /** What is set up before it is measured. */
  prepare?(subject: RunningSubject): Promise<void>;
}

const variants = {
  gateway: {},
  'gateway-strict': { settings: ['--set', 'metering.durability=strict'] },
  'gateway-jwt': { credentialOf: signIn },
  'gateway-ruled': { prepare: addRules },
  'gateway-billed': { prepare: (subject) => subscribeToRules(subject, SLUG) },
} as const satisfies Readonly<Record<string, Variant>>;

/** The gateways that are measured, by their names as subjects. */
export type GatewayKind = keyof typeof variants;

/** Their names. */
export const gatewayKinds = Object.keys(variants) as readonly GatewayKind[];

/** The product itself with its default settings and the upstream registered as one service. */
export const gateway: Subject = {
  name: 'gateway',
  leftOut: () => undefined,
  start: (stage) => start(stage, variants.gateway),
};

/** The same, every answer waiting until the disk has its usage record. */
export const strictGateway = onSmallCalls('gateway-strict');

/**
 * The same, called with an access token of its own server instead of a key. The token lives for
 * ten minutes; a run that takes longer fails with status 401.
 */
export const jwtGateway = onSmallCalls('gateway-jwt');

/** The same with as many rules as a tenant may have: what they cost who is under some of them. */
export const ruledGateway = onSmallCalls('gateway-ruled');

/**
 * The same for a tenant on a plan of a thousand rules, of which some are about these very calls:
 * what writing usage down, rating and booking it cost beside the calls.
 */
export const billedGateway = onSmallCalls('gateway-billed');

function onSmallCalls(name: GatewayKind): Subject {
  const why = 'measured in modern-small only';
  return {
    name,
    leftOut: (scenario) => (scenario.name === 'modern-small' ? undefined : why),
    start: (stage) => start(stage, variants[name]),
  };
}

/** The gateway that another checkout's main file starts, in the way of one of these. */
export function otherGateway(other: OtherGateway, kind: GatewayKind): Subject {
  const variant = { ...variants[kind], other };
  return { name: other.name, leftOut: () => undefined, start: (stage) => start(stage, variant) };
}

async function start(
  { upstream, core, nodeFlags, gatewayFlags }: SubjectContext,
  { settings = [], other, credentialOf = async ({ apiKey }) => apiKey, prepare }: Variant,
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
    const subject: RunningSubject = {
      url: `${running.url}/mcp/${SLUG}`,
      headers: bearer(await credentialOf(running)),
      callers: async (count) => (await addKeys(running.dataDirectory, count)).map(bearer),
      pid: running.processId,
      stop: () => running.stop(),
    };
    await prepare?.(subject);
    return subject;
  } catch (thrown) {
    await running.stop();
    throw thrown;
  }
}

async function signIn({ url, password }: RunningGateway): Promise<string> {
  const response = await fetch(`${url}/auth/authenticate`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ login: 'admin', password }),
  });
  if (!response.ok) throw new Error(`signing in answered ${response.status}`);
  const { accessToken } = (await response.json()) as { readonly accessToken: string };
  return accessToken;
}

const bearer = (key: string): Readonly<Record<string, string>> => ({
  Authorization: `Bearer ${key}`,
});

/** Rules about other things, other people and these calls' arguments, all over the API. */
async function addRules({ url, headers }: RunningSubject): Promise<void> {
  const rules = Array.from({ length: limits.policyRulesPerTenantMax }, (_, index) => ruleOf(index));
  for (let from = 0; from < rules.length; from += limits.policyRulesAtOnceMax) {
    const response = await fetch(new URL('/api/v1/policy/rules/import', url), {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify({ rules: rules.slice(from, from + limits.policyRulesAtOnceMax) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`adding rules answered ${response.status}: ${text}`);
  }
}

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
