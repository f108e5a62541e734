import { GatewayError, RpcError, toRpcErrorObject } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Log } from '../../kernel/log.ts';
import { errorResponse, type RequestId } from '../../mcp/json-rpc.ts';
import { rpcCode } from '../../mcp/protocol.ts';
import type { Era } from '../../mcp/message.ts';
import type { Reply } from './reply.ts';

/** What answering an error needs. */
export interface ErrorContext {
  readonly log: Log;
  readonly ids: IdSource;
}

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
  reply.error(statusOf(error, era), errorResponse(id, object), headersOf(error));
}

/** The JSON-RPC error object for a client; what is unexpected goes to the log with its id. */
export function rpcErrorObject({ log, ids }: ErrorContext, error: unknown): JsonObject {
  const known = error instanceof GatewayError || error instanceof RpcError;
  if (known) return toRpcErrorObject(error);
  const errorId = ids.next('err');
  const stack = error instanceof Error ? error.stack : String(error);
  log.error({ errorId, stack }, 'an exchange failed unexpectedly');
  return toRpcErrorObject(error, errorId);
}

/** The HTTP status of an error response (streamable-http, "Server Validation"). */
function statusOf(error: unknown, era: Era): number {
  if (error instanceof GatewayError) return error.status;
  if (!(error instanceof RpcError)) return 500;
  if (era === 'legacy') return 200;
  if (error.rpcCode === rpcCode.methodNotFound) return 404;
  return error.rpcCode === rpcCode.missingCapability ? 400 : 200;
}

function headersOf(error: unknown): readonly string[] {
  if (!(error instanceof GatewayError)) return [];
  if (error.code === 'unauthenticated') return ['www-authenticate', 'Bearer realm="mcp-gateway"'];
  if (error.code === 'too_many') return ['retry-after', '1'];
  if (error.code === 'payload_too_large') return ['connection', 'close'];
  return [];
}
