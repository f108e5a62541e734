import type { Principal } from '../../../kernel/principal.ts';
import type { ApiDeps } from './api-deps.ts';
import type { ApiRoute } from './define-route.ts';
import { pathParamsOf } from './path-params.ts';
import { problemResponse } from './problem-response.ts';
import { runFor } from './run-route.ts';

/** Nobody is at the other end of a connection: there is none. */
const INSIDE = { address: '', isEncrypted: false } as const;

/**
 * Runs a route for a caller that was admitted elsewhere, without a connection and without a second
 * credential: permission, query, body, `If-Match`, audit and errors are those of the route. Never
 * rejects. Whoever calls must not offer routes that are about a browser or a sign-in.
 */
export async function callAs(
  deps: ApiDeps,
  principal: Principal,
  route: ApiRoute,
  request: Request,
): Promise<Response> {
  try {
    const pathParams = pathParamsOf(route.paths[0], new URL(request.url).pathname);
    const caller = { principal, session: undefined };
    return await runFor(deps, route, { caller, client: INSIDE, request, pathParams });
  } catch (error) {
    return problemResponse(deps, request, error, undefined, route.errorForm);
  }
}
