import { OpenAPIHono } from '@hono/zod-openapi';
import { docsRoutes } from './resources/docs/docs-routes.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { ApiDeps } from './framework/api-deps.ts';
import type { ApiRoute } from './framework/define-route.ts';
import { isHealthPath } from './framework/health-path.ts';
import { healthRoutes } from './resources/health/health-routes.ts';
import { keyRoutes } from './resources/keys/key-routes.ts';
import { openapiRoute, registerPaths } from './framework/openapi-document.ts';
import { problemResponse } from './framework/problem-response.ts';
import { runRoute } from './framework/run-route.ts';
import { preflight, secure, shareWith } from './framework/security-headers.ts';
import { serviceRoutes } from './resources/services/service-routes.ts';
import { usageRoutes } from './resources/usage/usage-routes.ts';

/** The control plane, ready to be mounted. */
export interface Api {
  /** Answers one request; never rejects. */
  fetch(request: Request): Promise<Response>;
  /** The route table. */
  readonly routes: readonly ApiRoute[];
}

/** Builds the control plane; `more` are routes of other doors that share its rules. */
export function createApi(deps: ApiDeps, more: readonly ApiRoute[] = []): Api {
  const app = new OpenAPIHono();
  const routes = [
    ...serviceRoutes(deps),
    ...usageRoutes(deps),
    ...keyRoutes(deps),
    ...healthRoutes(deps),
    ...more,
    openapiRoute(app, deps),
    ...docsRoutes(),
  ];
  registerPaths(app, routes);
  mount(app, deps, routes);

  const fetch = async (request: Request): Promise<Response> => {
    const host = request.headers.get('host') ?? new URL(request.url).host;
    const origin = request.headers.get('origin') ?? undefined;
    const probe = isHealthPath(new URL(request.url).pathname);
    if (!probe && !deps.originGuard(host, origin)) {
      return secure(problemResponse(deps, request, new GatewayError('origin_refused')));
    }
    const asks = request.method === 'OPTIONS' && origin !== undefined;
    const response = asks ? preflight() : await app.fetch(request);
    return secure(shareWith(response, probe ? undefined : origin));
  };
  return { fetch, routes };
}

function mount(app: OpenAPIHono, deps: ApiDeps, routes: readonly ApiRoute[]): void {
  const methods = new Map<string, Set<string>>();
  for (const route of routes) {
    for (const path of route.paths) {
      const pattern = path.replaceAll(/\{(\w+)\}/g, ':$1');
      const allowed = methods.get(pattern) ?? new Set();
      methods.set(pattern, allowed.add(route.method.toUpperCase()));
      app.on(route.method.toUpperCase(), pattern, async (context) => {
        try {
          return await runRoute(deps, route, context.req.raw, context.req.param());
        } catch (error) {
          return problemResponse(deps, context.req.raw, error);
        }
      });
    }
  }
  for (const [pattern, allowed] of methods) {
    app.all(pattern, (context) => {
      const error = new GatewayError('method_not_allowed');
      const response = problemResponse(deps, context.req.raw, error);
      response.headers.set('Allow', [...allowed].toSorted().join(', '));
      return response;
    });
  }
  app.notFound((context) => problemResponse(deps, context.req.raw, new GatewayError('not_found')));
  app.onError((error, context) => problemResponse(deps, context.req.raw, error));
}
