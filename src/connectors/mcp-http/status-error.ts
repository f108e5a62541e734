import { GatewayError, type RpcError } from '../../kernel/errors.ts';
import { readServerMessage } from '../../mcp/wire/server-message.ts';
import type { EgressResponse } from '../../kernel/egress.ts';

/** An error body is a few words; more is not read. */
const ERROR_BODY_BYTES_MAX = 256 * 1024;

/** A failed HTTP answer: its status, and the JSON-RPC error when its body is one. */
export interface Failure {
  readonly status: number;
  readonly error: RpcError | undefined;
}

/** Reads the body of an answer that is no success. */
export async function readFailure(response: EgressResponse): Promise<Failure> {
  const { status } = response;
  try {
    const bytes = await response.bytes(ERROR_BODY_BYTES_MAX);
    const message = readServerMessage(bytes);
    return { status, error: message.kind === 'error' ? message.error : undefined };
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'cancelled') throw error;
    return { status, error: undefined };
  }
}

/** What an HTTP status without a JSON-RPC error means to the caller. */
export function statusError(status: number): GatewayError {
  if (status === 401 || status === 403) {
    return new GatewayError('upstream_failed', "The service refused the gateway's credentials.");
  }
  if (status === 429) return new GatewayError('upstream_unavailable', 'The service is overloaded.');
  if (status === 503) return new GatewayError('upstream_unavailable');
  if (status === 408 || status === 504) return new GatewayError('upstream_timeout');
  return new GatewayError('upstream_failed', `The service answered with HTTP status ${status}.`);
}

/** True for statuses that say something about what the server is, not about how it is. */
export function isEraEvidence(status: number): boolean {
  const isAccess = status === 401 || status === 403 || status === 407;
  const isLoad = status === 408 || status === 425 || status === 429;
  return status >= 400 && status < 500 && !isAccess && !isLoad;
}
