import { GatewayError, RpcError } from '../../../kernel/errors.ts';
import type { RequestId } from '../../../mcp/json-rpc.ts';
import { errorResponse } from '../../../mcp/wire/message-text.ts';
import type { Era } from '../../../mcp/message.ts';
import { rpcCode } from '../../../mcp/protocol.ts';
import { rpcErrorObject, type ErrorContext } from '../../../mcp/rpc-error-object.ts';
import { refusalHeaders, resetHeaders } from '../../../policy/limits/limit-headers.ts';
import { challengeOf, type ResourcePlace } from '../../../identity/oauth/challenge.ts';
import type { Reply } from '../../listener/reply.ts';

/** Ends a reply with an error: code and text for the client, the rest for the log. */
export function answerError(
  context: ErrorContext,
  reply: Reply,
  era: Era,
  id: RequestId | null,
  error: unknown,
): void {
  if (error instanceof GatewayError && error.code === 'cancelled') {
    reply.empty(202);
    return;
  }
  const object = rpcErrorObject(context, error);
  reply.error(statusOf(error, era), errorResponse(id, object), errorHeaders(error, reply.place));
}

/** What a service did wrong: the gateway and its client understood each other. */
const UPSTREAM_FAULTS: ReadonlySet<string> = new Set([
  'upstream_failed',
  'upstream_unavailable',
  'upstream_timeout',
]);

/** The HTTP status of an error response (streamable-http, "Server Validation"). */
function statusOf(error: unknown, era: Era): number {
  if (error instanceof GatewayError) {
    // A client of that era shows a user the status of a failed request, and not what is in it.
    return era === 'legacy' && UPSTREAM_FAULTS.has(error.code) ? 200 : error.status;
  }
  if (!(error instanceof RpcError)) return 500;
  if (era === 'legacy') return 200;
  if (error.rpcCode === rpcCode.methodNotFound) return 404;
  return error.rpcCode === rpcCode.missingCapability ? 400 : 200;
}

/** The HTTP headers that go with an error, names and values in turn. */
export function errorHeaders(error: unknown, place: ResourcePlace | undefined): readonly string[] {
  if (!(error instanceof GatewayError)) return [];
  const challenge = place === undefined ? undefined : challengeOf(error, place);
  if (challenge !== undefined) return ['www-authenticate', challenge];
  if (error.code === 'unauthenticated') return ['www-authenticate', 'Bearer'];
  if (error.code === 'too_many' || error.code === 'overloaded') {
    const headers = refusalHeaders(error.data);
    return headers.length > 0 ? headers : ['retry-after', '1'];
  }
  if (error.code === 'budget_exhausted') return resetHeaders(error.data, Date.now());
  if (error.code === 'payload_too_large') return ['connection', 'close'];
  return [];
}
