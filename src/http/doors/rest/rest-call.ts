import type { Endpoint, HeaderSink } from '../../../gateway/exchange.ts';
import type { Gateway } from '../../../gateway/gateway.ts';
import { runOnce } from '../../../gateway/run-once.ts';
import type { JsonBytes } from '../../../kernel/json-bytes.ts';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import { IDEMPOTENCY_META } from '../../../gateway/idempotency/idempotency-key.ts';
import { restClient, type RestIo } from './rest-io.ts';
import type { Principal } from '../../../kernel/principal.ts';

/** One call of a tool by a caller who knows no MCP. */
export interface RestCall {
  readonly endpoint: Endpoint;
  readonly principal: Principal;
  readonly sessionId: string | null;
  readonly tool: string;
  readonly given: JsonObject;
  readonly bytesIn: number;
  /** What the caller's `Idempotency-Key` says. */
  readonly idempotencyKey?: Json | undefined;
  readonly answer: HeaderSink | undefined;
  readonly startedAtMs: number;
  readonly startedMonotonicMs: number;
}

/** Members of a result that only MCP knows. */
const PROTOCOL_MEMBERS = ['resultType', '_meta', 'ttlMs', 'cacheScope'] as const;

/** Calls a tool through the spine; its result without what only MCP knows. */
export async function runRestCall(
  gateway: Pick<Gateway, 'handle'>,
  call: RestCall,
  io: RestIo,
): Promise<JsonBytes> {
  const { tool, given, idempotencyKey, ...place } = call;
  const meta =
    idempotencyKey === undefined ? {} : { _meta: { [IDEMPOTENCY_META]: idempotencyKey } };
  const request = {
    method: 'tools/call',
    params: { name: tool, arguments: given, ...meta },
    client: restClient,
    logLevel: 'info',
    wantsProgress: true,
  };
  const result = await runOnce(gateway, { ...place, request, io, headers: undefined });
  return result.withoutMembers(PROTOCOL_MEMBERS);
}
