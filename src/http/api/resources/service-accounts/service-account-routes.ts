import { z } from '@hono/zod-openapi';
import type { ServiceAccount } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import { checkNoOwner, checkRoles } from '../../grants/check-grant.ts';
import { endGrants } from '../../grants/end-grants.ts';
import {
  activeStatus,
  description,
  pathId,
  roleNames,
  shownName,
} from '../../grants/identity-fields.ts';

const accountSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    roles: z.array(z.string()),
    status: activeStatus,
    createdAtMs: z.int(),
    version: z.int(),
  })
  .openapi('ServiceAccount');
const listSchema = z
  .strictObject({ serviceAccounts: z.array(accountSchema) })
  .openapi('ServiceAccounts');
const requestSchema = z
  .strictObject({ name: shownName, description: description.default(''), roles: roleNames })
  .openapi('ServiceAccountRequest');
const changeSchema = z
  .strictObject({
    name: shownName.optional(),
    description: description.optional(),
    roles: roleNames.optional(),
    status: activeStatus.optional(),
  })
  .openapi('ServiceAccountChange');

const params = z.strictObject({ serviceAccount: pathId });
const tag = 'Service accounts';
const permission = 'service-accounts.manage';
const one = { description: 'The service account.', schema: accountSchema };

/** Programs that have roles and keys of their own. */
export function serviceAccountRoutes(deps: ApiDeps): ApiRoute[] {
  return [listRoute(deps), createRoute(deps), getRoute(deps), changeRoute(deps), removeRoute(deps)];
}

const listRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/service-accounts'],
    operationIds: ['listServiceAccounts'],
    tag,
    summary: 'List the service accounts',
    permission,
    answers: { 200: { description: 'All of the tenant.', schema: listSchema } },
    handle: async ({ principal }) => {
      const all = await identity.serviceAccounts.list(principal.tenant);
      return respondJson(200, { serviceAccounts: all.map(toJson) });
    },
  });

const createRoute = ({ identity, ids, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/service-accounts'],
    operationIds: ['createServiceAccount'],
    tag,
    summary: 'Make a service account',
    description: 'Its keys are made with POST /api/v1/keys and its id as serviceAccountId.',
    permission,
    body: { schema: requestSchema, example: { name: 'nightly import', roles: ['developer'] } },
    answers: { 201: one },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, body }) => {
      const { tenant } = principal;
      checkNoOwner(body.roles);
      await checkRoles(identity, principal, body.roles);
      const made = { status: 'active', createdAtMs: now(), version: 1 } as const;
      const account: ServiceAccount = { ...body, ...made, tenant, id: ids.next('sva') };
      await identity.serviceAccounts.insert(tenant, account);
      return respondJson(201, toJson(account), entityTag(account));
    },
  });

const getRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/service-accounts/{serviceAccount}'],
    operationIds: ['getServiceAccount'],
    tag,
    summary: 'See one service account',
    permission,
    params,
    answers: { 200: one },
    versioned: true,
    handle: async ({ principal, params }) => {
      const account = await known(identity, principal.tenant, params.serviceAccount);
      return respondJson(200, toJson(account), entityTag(account));
    },
  });

const changeRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: ['/api/v1/service-accounts/{serviceAccount}'],
    operationIds: ['changeServiceAccount'],
    tag,
    summary: 'Change a service account',
    permission,
    params,
    body: { schema: changeSchema, example: { status: 'deactivated' } },
    answers: { 200: one },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params, body, ifVersion }) => {
      const { tenant } = principal;
      const { identity } = deps;
      const before = await known(identity, tenant, params.serviceAccount);
      checkNoOwner(body.roles ?? []);
      // One that may act again gets its roles anew.
      const restored = body.status === 'active' ? before.roles : [];
      await checkRoles(identity, principal, body.roles ?? restored);
      const update = { ...present(body), ifVersion: ifVersion ?? before.version };
      const account = await identity.serviceAccounts.update(tenant, before.id, update);
      if (account === undefined) throw new GatewayError('not_found');
      if (account.status === 'deactivated') {
        await endGrants(deps, tenant, { kind: 'service_account', id: account.id });
      }
      return respondJson(200, toJson(account), entityTag(account));
    },
  });

const removeRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/api/v1/service-accounts/{serviceAccount}'],
    operationIds: ['removeServiceAccount'],
    tag,
    summary: 'Remove a service account and end its keys',
    permission,
    params,
    answers: { 204: { description: 'Removed.' } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params, ifVersion }) => {
      const { tenant } = principal;
      const { identity, now } = deps;
      const id = params.serviceAccount;
      const removal = { atMs: now(), ifVersion };
      if (!(await identity.serviceAccounts.remove(tenant, id, removal))) {
        throw new GatewayError('not_found');
      }
      await endGrants(deps, tenant, { kind: 'service_account', id });
      return respondEmpty();
    },
  });

async function known(
  { serviceAccounts }: ApiDeps['identity'],
  tenant: TenantId,
  id: string,
): Promise<ServiceAccount> {
  const account = await serviceAccounts.get(tenant, id);
  if (account === undefined) throw new GatewayError('not_found');
  return account;
}

function toJson({ tenant: _tenant, ...account }: ServiceAccount): z.output<typeof accountSchema> {
  return { ...account, roles: [...account.roles] };
}
