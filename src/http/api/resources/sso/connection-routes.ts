import { z } from '@hono/zod-openapi';
import { sealSecret } from '../../../../identity/sso/seal-secret.ts';
import type { SsoConnection } from '../../../../identity/sso/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { type Principal, tenantId, type TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import { checkNoOwner, checkRoles } from '../../grants/check-grant.ts';
import { pathId } from '../../grants/identity-fields.ts';
import { checkAdmits, checkIssuer } from './check-connection.ts';
import {
  connectionChangeSchema,
  connectionJson,
  connectionRequestSchema,
  connectionSchema,
  connectionsSchema,
} from './connection-json.ts';

const params = z.strictObject({ connection: pathId });
const tag = 'Single sign-on';
const one = { description: 'The connection.', schema: connectionSchema };
const verifySchema = z.strictObject({ domainsVerified: z.boolean() }).openapi('SsoVerification');

/** The providers at which the people of a tenant sign in. */
export function ssoConnectionRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    listRoute(deps),
    createRoute(deps),
    getRoute(deps),
    changeRoute(deps),
    removeRoute(deps),
    verifyRoute(deps),
  ];
}

const listRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/sso-connections'],
    operationIds: ['listSsoConnections'],
    tag,
    summary: 'List the providers at which people sign in',
    permission: 'tenant.manage',
    answers: { 200: { description: 'The connections.', schema: connectionsSchema } },
    handle: async ({ principal }) => {
      const found = await deps.sso.connections.list(principal.tenant);
      const url = deps.authentication.baseUrl();
      return respondJson(200, { connections: found.map((each) => connectionJson(each, url)) });
    },
  });

const createRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/sso-connections'],
    operationIds: ['createSsoConnection'],
    tag,
    summary: 'Let people sign in at a provider',
    permission: 'tenant.manage',
    body: {
      schema: connectionRequestSchema,
      example: {
        name: 'Acme',
        issuer: 'https://login.acme.example',
        clientId: 'gateway',
        clientSecret: 'from the provider',
      },
    },
    answers: { 201: one },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, body: { clientSecret, ...body } }) => {
      const { tenant } = principal;
      checkIssuer(body.issuer);
      checkAdmits(body);
      await checkGiven(deps, principal, body);
      const id = deps.ids.next('sso');
      const secretSealed = sealSecret(deps.sso.seal, clientSecret, { tenant, id });
      const made = { id, tenant, secretSealed, createdAtMs: deps.now(), version: 1 };
      const connection: SsoConnection = {
        ...body,
        ...made,
        domainsVerified: false,
        verifiedDomains: [],
      };
      await deps.sso.connections.insert(tenant, connection);
      return answer(deps, connection, 201);
    },
  });

const getRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/sso-connections/{connection}'],
    operationIds: ['getSsoConnection'],
    tag,
    summary: 'See one connection',
    permission: 'tenant.manage',
    params,
    answers: { 200: one },
    versioned: true,
    handle: async ({ principal, params: { connection } }) =>
      answer(deps, await known(deps, principal.tenant, connection)),
  });

const changeRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: ['/api/v1/sso-connections/{connection}'],
    operationIds: ['changeSsoConnection'],
    tag,
    summary: 'Change a connection',
    description: 'Other domains have to be verified anew.',
    permission: 'tenant.manage',
    params,
    body: { schema: connectionChangeSchema, example: { enabled: false } },
    answers: { 200: one },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params, body, ifVersion }) => {
      const { tenant } = principal;
      const before = await known(deps, tenant, params.connection);
      const { clientSecret, ...changed } = present(body);
      const after = { ...before, ...changed };
      checkAdmits(after);
      // Whoever changes a connection answers for all that it gives.
      await checkGiven(deps, principal, after);
      const isSame = after.domains.join() === before.domains.join();
      const connection = await deps.sso.connections.update(tenant, before.id, {
        ...changed,
        ...(isSame ? {} : stillVerified(before, after.domains)),
        ...(clientSecret === undefined
          ? {}
          : { secretSealed: sealSecret(deps.sso.seal, clientSecret, before) }),
        ifVersion: ifVersion ?? before.version,
      });
      if (connection === undefined) throw new GatewayError('not_found');
      return answer(deps, connection);
    },
  });

const removeRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/api/v1/sso-connections/{connection}'],
    operationIds: ['removeSsoConnection'],
    tag,
    summary: 'Remove a connection',
    permission: 'tenant.manage',
    params,
    answers: { 204: { description: 'Removed; who signed in by it stays a user.' } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params: { connection }, ifVersion }) => {
      const { connections } = deps.sso;
      const isRemoved = await connections.delete(principal.tenant, connection, ifVersion);
      if (!isRemoved) throw new GatewayError('not_found');
      return respondEmpty();
    },
  });

const verifyRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/tenants/{tenant}/sso-connections/{connection}/domains'],
    operationIds: ['verifySsoDomains'],
    tag,
    summary: 'Say that the domains of a connection are the tenant’s',
    description: 'For the operator, who has seen proof of it.',
    permission: 'tenants.manage',
    params: z.strictObject({ tenant: pathId, connection: pathId }),
    body: { schema: verifySchema, example: { domainsVerified: true } },
    answers: { 200: one },
    errors: ['conflict', 'not_found'],
    versioned: true,
    handle: async ({ params, body, ifVersion }) => {
      const update = { ...body, ifVersion };
      const tenant = tenantId(params.tenant);
      const connection = await deps.sso.connections.update(tenant, params.connection, update);
      if (connection === undefined) throw new GatewayError('not_found');
      return answer(deps, connection);
    },
  });

/** The operator spoke of the domains that were there; a record speaks of its own domain. */
function stillVerified({ verifiedDomains }: SsoConnection, domains: readonly string[]) {
  const kept = verifiedDomains.filter((domain) => domains.includes(domain));
  return { domainsVerified: false, verifiedDomains: kept };
}

function answer(deps: ApiDeps, connection: SsoConnection, status = 200): Response {
  const json = connectionJson(connection, deps.authentication.baseUrl());
  return respondJson(status, json, entityTag(connection));
}

async function known({ sso }: ApiDeps, tenant: TenantId, id: string): Promise<SsoConnection> {
  const connection = await sso.connections.get(tenant, id);
  if (connection === undefined) throw new GatewayError('not_found');
  return connection;
}

/** Nobody gives by a group of a provider what they do not hold. */
async function checkGiven(
  { identity }: ApiDeps,
  principal: Principal,
  { roles, defaultRoles }: Pick<SsoConnection, 'roles' | 'defaultRoles'>,
): Promise<void> {
  const given = [...new Set([...defaultRoles, ...Object.values(roles).flat()])];
  checkNoOwner(given);
  await checkRoles(identity, principal, given);
}
