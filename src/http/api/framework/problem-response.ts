import { inspect } from 'node:util';
import { GatewayError, RpcError } from '../../../kernel/errors.ts';
import { challengeOf, type ResourcePlace } from '../../../identity/oauth/challenge.ts';
import { isJsonObject, type Json } from '../../../kernel/json.ts';
import type { ApiDeps } from './api-deps.ts';
import type { ErrorForm } from './define-route.ts';
import { toProblem } from './problem.ts';

const RETRY_SECONDS = '5';

/**
 * Answers an error as problem+json, or in the `form` of a route's protocol; its cause goes to the
 * log and nowhere else. `place` says where a client without a token, or with too small a one, gets
 * a better one.
 */
export function problemResponse(
  deps: Pick<ApiDeps, 'log' | 'ids'>,
  request: Request,
  error: unknown,
  place?: ResourcePlace,
  form?: ErrorForm,
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
  const type = form?.mediaType ?? 'application/problem+json; charset=utf-8';
  const headers = new Headers({ 'Content-Type': type });
  const challenge = place === undefined ? undefined : challengeOf(error, place);
  if (challenge !== undefined) headers.set('WWW-Authenticate', challenge);
  else if (status === 401) headers.set('WWW-Authenticate', 'Bearer');
  // Whatever is left of the body is not worth reading.
  if (problem.code === 'payload_too_large') headers.set('Connection', 'close');
  if (problem.retryable) headers.set('Retry-After', retryAfter(known?.data));
  const body = form === undefined ? problem : form.body(problem, known?.data);
  return new Response(JSON.stringify(body), { status, headers });
}

/** The wait that the error names, or one that fits most. */
function retryAfter(data: Json | undefined): string {
  const seconds = isJsonObject(data) ? data['retryAfterSeconds'] : undefined;
  return typeof seconds === 'number' ? String(seconds) : RETRY_SECONDS;
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
