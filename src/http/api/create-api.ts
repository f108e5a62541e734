import type { IncomingMessage } from 'node:http';
import { OpenAPIHono } from '@hono/zod-openapi';
import { analyticsRoutes } from './resources/analytics/analytics-routes.ts';
import { auditRoutes } from './resources/audit/audit-routes.ts';
import { billingRoutes } from './resources/billing/billing-routes.ts';
import { invoicesRoutes } from './resources/invoices/invoices-routes.ts';
import { docsRoutes } from './resources/docs/docs-routes.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { Principal } from '../../kernel/principal.ts';
import { reconciliationRoutes } from './resources/reconciliation/reconciliation-routes.ts';
import { privacyRoutes } from './resources/privacy/privacy-routes.ts';
import type { ApiDeps } from './framework/api-deps.ts';
import type { ApiRoute } from './framework/define-route.ts';
import { isHealthPath } from './framework/health-path.ts';
import { authRoutes } from './resources/auth/auth-routes.ts';
import { healthRoutes } from './resources/health/health-routes.ts';
import { groupRoutes } from './resources/groups/group-routes.ts';
import { clientCertificateRoutes } from './resources/certificates/client-certificate-routes.ts';
import { keyRoutes } from './resources/keys/key-routes.ts';
import { meRoutes } from './resources/me/me-route.ts';
import { roleRoutes } from './resources/roles/role-routes.ts';
import { serviceAccountRoutes } from './resources/service-accounts/service-account-routes.ts';
import { tenantRoutes } from './resources/tenants/tenant-routes.ts';
import { userRoutes } from './resources/users/user-routes.ts';
import { oauthClientRoutes } from './resources/oauth/client-routes.ts';
import { grantRoutes } from './resources/oauth/grant-routes.ts';
import { describeApi, openapiRoute, registerPaths } from './framework/openapi-document.ts';
import { policyRoutes } from './resources/policy/policy-routes.ts';
import { problemResponse } from './framework/problem-response.ts';
import { callAs } from './framework/call-as.ts';
import { apiPlace, runRoute } from './framework/run-route.ts';
import { secure } from './framework/security-headers.ts';
import { scimRoutes } from './resources/scim/scim-routes.ts';
import { serviceRoutes } from './resources/services/service-routes.ts';
import { ssoConnectionRoutes } from './resources/sso/connection-routes.ts';
import { ssoDomainRoutes } from './resources/sso/domain-routes.ts';
import { ssoSignInRoutes } from './resources/sso/sign-in-routes.ts';
import { usageRoutes } from './resources/usage/usage-routes.ts';

/** What the listener knows of a request besides the request. */
export interface ApiEnvironment {
  readonly incoming?: Pick<IncomingMessage, 'headers' | 'socket'>;
}

/** The control plane, ready to be mounted. */
export interface Api {
  /** Answers one request; never rejects. */
  fetch(request: Request, env?: ApiEnvironment): Promise<Response>;
  /**
   * Answers a request that somebody who was admitted elsewhere makes from inside the process;
   * never rejects. Everything but the credential is checked as on any other way.
   */
  callAs(principal: Principal, route: ApiRoute, request: Request): Promise<Response>;
  /** The route table. */
  readonly routes: readonly ApiRoute[];
  /** The OpenAPI document of the documented routes. */
  describe(): object;
}

/** Builds the control plane; `more` are routes of other doors that share its rules. */
export function createApi(deps: ApiDeps, more: readonly ApiRoute[] = []): Api {
  const app = new OpenAPIHono();
  const describe = (): object => describeApi(app, deps.status().version);
  const routes = [
    ...serviceRoutes(deps),
    ...usageRoutes(deps),
    ...keyRoutes(deps),
    ...policyRoutes(deps),
    ...grantRoutes(deps),
    ...oauthClientRoutes(deps),
    ...authRoutes(deps),
    ...ssoSignInRoutes(deps),
    ...ssoConnectionRoutes(deps),
    ...ssoDomainRoutes(deps),
    ...meRoutes(deps),
    ...userRoutes(deps),
    ...roleRoutes(deps),
    ...groupRoutes(deps),
    ...serviceAccountRoutes(deps),
    ...tenantRoutes(deps),
    ...scimRoutes(deps),
    ...clientCertificateRoutes(deps),
    ...auditRoutes(deps),
    ...billingRoutes(deps),
    ...invoicesRoutes(deps),
    ...analyticsRoutes(deps),
    ...privacyRoutes(deps),
    ...reconciliationRoutes(deps),
    ...healthRoutes(deps),
    ...more,
    openapiRoute(describe),
    ...docsRoutes(),
  ];
  registerPaths(app, routes);
  mount(app, deps, routes);

  const fetch = async (request: Request, env?: ApiEnvironment): Promise<Response> => {
    const host = request.headers.get('host') ?? new URL(request.url).host;
    const origin = request.headers.get('origin') ?? undefined;
    const probe = isHealthPath(new URL(request.url).pathname);
    if (!probe && !deps.originGuard(host, origin)) {
      return secure(problemResponse(deps, request, new GatewayError('origin_refused')));
    }
    return secure(await app.fetch(request, env));
  };
  return {
    fetch,
    callAs: async (principal, route, request) =>
      secure(await callAs(deps, principal, route, request)),
    routes,
    describe,
  };
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
          const { incoming } = (context.env ?? {}) as ApiEnvironment;
          return await runRoute(deps, route, context.req.raw, context.req.param(), incoming);
        } catch (error) {
          const request = context.req.raw;
          const place = apiPlace(deps, request, route);
          return problemResponse(deps, request, error, place, route.errorForm);
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
