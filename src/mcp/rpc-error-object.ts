import { GatewayError, RpcError, toRpcErrorObject } from '../kernel/errors.ts';
import type { IdSource } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Log } from '../kernel/log.ts';

/** What telling a client of an error needs. */
export interface ErrorContext {
  readonly log: Log;
  readonly ids: IdSource;
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
