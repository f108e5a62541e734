import { z } from '@hono/zod-openapi';
import type { Grant } from '../../../../identity/grants/store.ts';
import { grantedScopes } from '../../../../identity/oauth/scope-limits.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { Principal } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';

const grantSchema = z
  .strictObject({
    id: z.string(),
    userId: z.string(),
    kind: z.enum(['login', 'console', 'oauth']),
    clientId: z.string().nullable().describe('The OAuth client; null for a login.'),
    scopes: z.array(z.string()).nullable().describe('What it carries; null for everything.'),
    resource: z.string().nullable().describe('The one endpoint it is good at; null for all.'),
    createdAtMs: z.int(),
    expiresAtMs: z.int(),
  })
  .openapi('Grant');
const grantsSchema = z.strictObject({ grants: z.array(grantSchema) }).openapi('Grants');
const params = z.strictObject({ grant: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });
const tag = 'OAuth';

/** What people granted to clients, and their logins: the own ones, or all of the tenant. */
export function grantRoutes(deps: ApiDeps): ApiRoute[] {
  return [listRoute(deps), revokeRoute(deps)];
}

const listRoute = ({ oauth, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/grants'],
    operationIds: ['listGrants'],
    tag,
    summary: 'List grants that are in force',
    description: 'The own ones, or with oauth.manage those of the tenant; the newest first.',
    permission: 'keys.own',
    answers: { 200: { description: 'The grants.', schema: grantsSchema } },
    handle: async ({ principal }) => {
      const own = managesAll(principal) ? {} : { userId: principal.subject.id };
      const grants = await oauth.listed.list(principal.tenant, { ...own, nowMs: now() });
      return respondJson(200, { grants: grants.map(grantJson) });
    },
  });

const revokeRoute = ({ oauth: { grants }, now, revoked }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/api/v1/grants/{grant}'],
    operationIds: ['revokeGrant'],
    tag,
    summary: 'Revoke a grant; its tokens end at once',
    permission: 'keys.own',
    params,
    answers: { 204: { description: 'Revoked.' } },
    errors: ['not_found'],
    handle: async ({ principal, params: { grant: id } }) => {
      const { tenant } = principal;
      const grant = await grants.get(tenant, id);
      // Another's grant is as unknown as none.
      const isOwn = grant?.userId === principal.subject.id;
      if (grant === undefined || !(isOwn || managesAll(principal))) throw unknown();
      if (!(await grants.revoke(tenant, id, now()))) throw unknown();
      revoked(tenant, id);
      return respondEmpty();
    },
  });

function managesAll({ permissions }: Principal): boolean {
  return permissions.actions.has('oauth.manage');
}

function unknown(): GatewayError {
  return new GatewayError('not_found', 'There is no such grant.');
}

function grantJson(grant: Grant): z.output<typeof grantSchema> {
  const { id, userId, kind, clientId, resource, createdAtMs, expiresAtMs } = grant;
  const { scopes, access } = grant;
  const shown = scopes === null ? null : [...grantedScopes({ scopes, access })];
  return { id, userId, kind, clientId, scopes: shown, resource, createdAtMs, expiresAtMs };
}
