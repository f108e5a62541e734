import { inspect } from 'node:util';
import { GatewayError, RpcError } from '../../../kernel/errors.ts';
import type { ApiDeps } from './api-deps.ts';
import { toProblem } from './problem.ts';

const RETRY_SECONDS = '5';

/** Answers an error as problem+json; its cause goes to the log and nowhere else. */
export function problemResponse(
  deps: Pick<ApiDeps, 'log' | 'ids'>,
  request: Request,
  error: unknown,
): Response {
  const known = knownError(error);
  const status = known?.status ?? 500;
  const errorId = status >= 500 ? deps.ids.next('err') : undefined;
  const problem = toProblem(known, errorId);
  if (errorId !== undefined) {
    const { pathname } = new URL(request.url);
    const fields = { errorId, code: problem.code, method: request.method, path: pathname };
    const detail = { ...fields, cause: describeCause(known === undefined ? error : known.cause) };
    if (known === undefined) deps.log.error(detail, 'control plane failed');
    else deps.log.warn(detail, 'control plane refused');
  }
  const headers = new Headers({ 'Content-Type': 'application/problem+json; charset=utf-8' });
  if (problem.code === 'unauthenticated') headers.set('WWW-Authenticate', 'Bearer');
  // Whatever is left of the body is not worth reading.
  if (problem.code === 'payload_too_large') headers.set('Connection', 'close');
  if (problem.retryable) headers.set('Retry-After', RETRY_SECONDS);
  return new Response(JSON.stringify(problem), { status, headers });
}

function knownError(error: unknown): GatewayError | undefined {
  if (error instanceof GatewayError) return error;
  // An upstream's own words are for its caller on the data plane, not for a problem document.
  if (error instanceof RpcError) {
    return new GatewayError('upstream_failed', undefined, { cause: error });
  }
  return undefined;
}

function describeCause(cause: unknown): string | undefined {
  if (cause instanceof Error) return cause.stack ?? cause.message;
  return cause === undefined ? undefined : inspect(cause);
}
