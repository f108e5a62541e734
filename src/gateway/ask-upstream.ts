import type { ServiceRuntime } from '../catalog/service-runtime.ts';
import { GatewayError, RpcError } from '../kernel/errors.ts';
import type { JsonBytes } from '../kernel/json-bytes.ts';
import {
  isJsonObject,
  objectMember,
  withoutMembers,
  type Json,
  type JsonObject,
} from '../kernel/json.ts';
import type { Principal } from '../kernel/principal.ts';
import { ConnectionNeeded } from '../kernel/oauth/upstream-oauth.ts';
import type { ClientProfile, ExchangeIo, McpOutcome } from '../mcp/message.ts';
import { isListMethod, mendPage } from '../mcp/mend/mend-page.ts';
import { inputMethods } from '../mcp/protocol.ts';
import { declaresTasks, TASKS_EXTENSION } from '../mcp/tasks-extension.ts';
import type { UpstreamCaller } from '../upstream/contract.ts';
import { callerOf } from '../upstream/upstream.ts';
import { checkInput } from './check-input.ts';
import type { Permitted } from './exchange.ts';

/** The callers' own accounts at services. */
export interface CallerCredentials {
  /** What a caller has of its own for a service; see `UpstreamCaller`. */
  of(
    principal: Principal,
    serviceId: string,
  ): Pick<UpstreamCaller, 'credential' | 'account'> | undefined;
}

/** What asking a service takes. */
export interface AskContext {
  readonly callerCredentials: CallerCredentials;
}

/**
 * Sends parameters to a service on behalf of a permitted request and notes how the service did.
 * The outcome is the service's own: state and ids in it are not wrapped for the client yet.
 */
export async function askUpstream(
  { callerCredentials }: AskContext,
  { request, principal, sessionId }: Permitted,
  live: ServiceRuntime,
  params: JsonObject,
  io: ExchangeIo,
): Promise<McpOutcome> {
  const { tenant, grantId } = principal;
  const own = callerCredentials.of(principal, live.service.id);
  const caller: UpstreamCaller = { ...callerOf(tenant, grantId), sessionId, ...own };
  const client = withoutOldTasks(request.client);
  const { upstream } = live;
  let outcome: McpOutcome;
  try {
    const sent = { ...request, params: withoutBaggage(params), client, caller };
    outcome = await upstream.request(sent, io);
  } catch (given) {
    const error = lateOrGiven(given, live, io);
    if (error instanceof RpcError) live.noteSuccess();
    else if (error instanceof ConnectionNeeded) throw error;
    else if (!(error instanceof GatewayError && error.code === 'cancelled')) {
      live.noteFailure(error instanceof Error ? error.message : 'unknown failure');
    }
    throw error;
  }
  live.noteSuccess();
  if (outcome.resultType === 'complete' && isListMethod(request.method)) {
    return { ...outcome, result: readPage(request.method, outcome.result, params['cursor']) };
  }
  if (outcome.resultType === 'input_required') {
    const { method } = request;
    if (!inputMethods.has(method)) {
      throw new GatewayError('upstream_failed', `The service asked for input on ${method}.`);
    }
    checkInput(outcome.inputRequests ?? {}, request.client.capabilities);
  }
  return outcome;
}

function readPage(method: string, page: JsonBytes, cursor: Json | undefined): JsonBytes {
  try {
    return mendPage(method, page, cursor);
  } catch (cause) {
    throw new GatewayError('upstream_failed', 'The service answered with broken JSON.', { cause });
  }
}

/** A call whose time was over while the service was silent: the service is named. */
function lateOrGiven(error: unknown, { service }: ServiceRuntime, io: ExchangeIo): unknown {
  if (io.cancellation.reason !== 'deadline' || error instanceof RpcError) return error;
  const text = `The service ${service.slug} did not answer in the time of the call (phase: total).`;
  return new GatewayError('upstream_timeout', text, { cause: error });
}

/** A client of an older revision takes no tasks, whatever it says (SEP-2663, "Compatibility"). */
function withoutOldTasks(client: ClientProfile): ClientProfile {
  if (client.era === 'modern' || !declaresTasks(client.capabilities)) return client;
  const extensions = objectMember(client.capabilities, 'extensions') ?? {};
  const kept = withoutMembers(extensions, [TASKS_EXTENSION]);
  return { ...client, capabilities: { ...client.capabilities, extensions: kept } };
}

/** What a trace carries along for its own side stays there; its ids travel on (SEP-414). */
function withoutBaggage(params: JsonObject): JsonObject {
  const own = params['_meta'];
  if (!isJsonObject(own) || !('baggage' in own)) return params;
  return { ...params, _meta: withoutMembers(own, ['baggage']) };
}
