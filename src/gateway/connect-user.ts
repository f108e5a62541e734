import type { ServiceRuntime } from '../catalog/service-runtime.ts';
import { GatewayError, RpcError } from '../kernel/errors.ts';
import { isJsonObject, objectMember, withoutMembers } from '../kernel/json.ts';
import { JsonBytes } from '../kernel/json-bytes.ts';
import { limits } from '../kernel/limits.ts';
import type { Principal } from '../kernel/principal.ts';
import type { ConnectionNeeded } from '../kernel/oauth/upstream-oauth.ts';
import type { CompleteOutcome, ExchangeIo, McpOutcome } from '../mcp/message.ts';
import { inputMethods, rpcCode } from '../mcp/protocol.ts';
import type { Permitted, UpstreamTarget } from './exchange.ts';

/** How users connect accounts of their own at services. */
export interface UserConnections {
  /** An address at which this caller's user connects an account. Throws when there is no way. */
  begin(
    principal: Principal,
    serviceId: string,
    need: ConnectionNeeded,
  ): Promise<{ readonly url: string }>;
  /** Resolves when the user's account is another than `account`, when time is up or cancelled. */
  waitForChange(
    principal: Principal,
    serviceId: string,
    account: string,
    io: ExchangeIo,
  ): Promise<void>;
  /** Names the account that the user has there; '' for none. */
  account(principal: Principal, serviceId: string): Promise<string>;
}

/** The way of a gateway whose users have no accounts. */
export const nobodyConnects: UserConnections = {
  begin: (_principal, _serviceId, need) => Promise.reject(need),
  waitForChange: () => Promise.resolve(),
  account: () => Promise.resolve(''),
};

/** Under which key the user is asked. */
const KEY = 'connect';

/** Lists are shown as they are known, to a user without an account too. */
const lists = {
  'tools/list': ['tools', 'tools'],
  'prompts/list': ['prompts', 'prompts'],
  'resources/list': ['resources', 'resources'],
  'resources/templates/list': ['templates', 'resourceTemplates'],
} as const;

/** What was asked before, as the sealed state keeps it: how often, and the account there was. */
export interface ConnectRound {
  readonly round: number;
  readonly account: string;
}

/**
 * What a user without a fitting account gets: the address at which to connect one, as a question
 * where the client takes such questions (2026-07-28 client/elicitation, "URL Mode"), else in an
 * error; of a list, what is known of it.
 */
export async function askToConnect(
  need: ConnectionNeeded,
  permitted: Permitted,
  { live }: UpstreamTarget,
  connections: UserConnections,
  before: ConnectRound | undefined,
): Promise<McpOutcome> {
  const { request, principal } = permitted;
  const { method, client } = request;
  const known = listOf(method, live);
  if (known !== undefined) return known;
  const round = (before?.round ?? 0) + 1;
  if (round > limits.connectRoundsMax) throw need;
  const { id, title } = live.service;
  const account = await connections.account(principal, id);
  const { url } = await connections.begin(principal, id, need);
  const elicitation = objectMember(client.capabilities, 'elicitation');
  if (!inputMethods.has(method) || !isJsonObject(elicitation?.['url'])) {
    const text = `${need.message} Open this address in a browser: ${url}`;
    throw new GatewayError('connection_required', text, {
      data: { url, service: live.service.slug },
    });
  }
  const message = `${title} needs an account of yours. Open the address to connect it.`;
  const params = { mode: 'url', message, url };
  return {
    resultType: 'input_required',
    inputRequests: { [KEY]: { method: 'elicitation/create', params } },
    requestState: JSON.stringify({ round, account } satisfies ConnectRound),
  };
}

/**
 * A request that comes back from asking: waits a while for the account. The answer is the result
 * for a user who would not, or undefined when the request is to be made again.
 */
export async function backFromConnecting(
  { request, principal, io }: Permitted,
  { live, params }: UpstreamTarget,
  connections: UserConnections,
  { account }: ConnectRound,
): Promise<CompleteOutcome | undefined> {
  const response = objectMember(objectMember(params, 'inputResponses'), KEY);
  const action = response?.['action'];
  if (action === 'accept' || action === undefined) {
    await connections.waitForChange(principal, live.service.id, account, io);
    return undefined;
  }
  const text = `The user did not connect an account at ${live.service.title}.`;
  if (request.method !== 'tools/call') throw new RpcError(rpcCode.internalError, text);
  const result = JsonBytes.fromValue({ content: [{ type: 'text', text }], isError: true });
  return { resultType: 'complete', result };
}

/** The request as it was before anybody was asked. */
export function asBefore(target: UpstreamTarget): UpstreamTarget {
  return { ...target, params: withoutMembers(target.params, ['requestState', 'inputResponses']) };
}

function listOf(method: string, live: ServiceRuntime): CompleteOutcome | undefined {
  if (!(method in lists)) return undefined;
  const [list, member] = lists[method as keyof typeof lists];
  const value = { [member]: live.listing[list], ttlMs: 0, cacheScope: 'private' };
  return { resultType: 'complete', result: JsonBytes.fromValue(value) };
}
