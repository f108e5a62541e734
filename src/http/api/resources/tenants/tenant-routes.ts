import { makeKey } from '../../../../identity/keys/make-key.ts';
import type { NewTenant, Tenant } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { JsonObject } from '../../../../kernel/json.ts';
import { tenantId, type TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondJson } from '../../framework/respond.ts';
import { endGrants } from '../../grants/end-grants.ts';
import { newAccount } from '../../grants/new-account.ts';
import {
  newTenantSchema,
  ownTenantChangeSchema,
  tenantChangeSchema,
  tenantJson,
  tenantParams,
  tenantRequestSchema,
  tenantSchema,
  tenantsSchema,
} from './tenant-json.ts';

const tag = 'Tenants';
const one = { description: 'The tenant.', schema: tenantSchema };
const ofOperator = 'For the operator: the permission holds in the first tenant alone.';

/** Tenants: all of them for the operator, and for everybody the own one. */
export function tenantRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    listRoute(deps),
    createRoute(deps),
    getRoute(deps),
    changeRoute(deps),
    ownRoute(deps),
    changeOwnRoute(deps),
  ];
}

const listRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/tenants'],
    operationIds: ['listTenants'],
    tag,
    summary: 'List all tenants',
    description: ofOperator,
    permission: 'tenants.manage',
    answers: { 200: { description: 'All tenants.', schema: tenantsSchema } },
    handle: async () => {
      const tenants = await identity.tenants.list();
      return respondJson(200, { tenants: tenants.map(tenantJson) });
    },
  });

const createRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/tenants'],
    operationIds: ['createTenant'],
    tag,
    summary: 'Make a tenant',
    description: `${ofOperator} The owner's first key is shown in this answer and never again.`,
    permission: 'tenants.manage',
    body: {
      schema: tenantRequestSchema,
      example: { name: 'Acme', owner: { login: 'ada@acme.example' } },
    },
    answers: { 201: { description: 'The tenant and its key.', schema: newTenantSchema } },
    errors: ['conflict', 'not_found'],
    handle: async ({ body: { name, owner } }) => {
      const { identity, ids, now, keyMaker } = deps;
      if ((owner.userId === undefined) === (owner.login === undefined)) {
        const problem = 'is needed, or else owner.userId';
        throw fieldProblem([{ field: 'owner.login', problem, fix: 'Give one of the two.' }]);
      }
      const fresh = { status: 'active', createdAtMs: now(), version: 1 } as const;
      const id = tenantId(ids.next('ten'));
      const tenant: Tenant = { ...fresh, id, name, settings: {} };
      const userId = owner.userId ?? ids.next('usr');
      const { login, name: ownerName, email } = owner;
      const made = { id: userId, createdAtMs: now(), name: ownerName, email };
      const account = login === undefined ? {} : { account: newAccount({ ...made, login }) };
      const subject = { kind: 'user', id: userId } as const;
      const { plaintext, ...key } = makeKey(keyMaker, id, { subject, name: 'first key' });
      const membership = {
        ...fresh,
        tenant: id,
        userId,
        roles: ['owner'],
        source: 'local',
        externalId: null,
      } as const;
      const created: NewTenant = { tenant, membership, key, ...account };
      await identity.tenants.create(created);
      const answer = { tenant: tenantJson(tenant), ownerId: userId, apiKey: plaintext };
      return respondJson(201, answer);
    },
  });

const getRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/tenants/{tenant}'],
    operationIds: ['getTenant'],
    tag,
    summary: 'See any tenant',
    description: ofOperator,
    permission: 'tenants.manage',
    params: tenantParams,
    answers: { 200: one },
    versioned: true,
    handle: async ({ params }) => {
      const tenant = await known(identity, tenantId(params.tenant));
      return respondJson(200, tenantJson(tenant), entityTag(tenant));
    },
  });

const changeRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: ['/api/v1/tenants/{tenant}'],
    operationIds: ['changeTenant'],
    tag,
    summary: 'Rename or suspend any tenant',
    description: `${ofOperator} The operator's own tenant is not suspended.`,
    permission: 'tenants.manage',
    params: tenantParams,
    body: { schema: tenantChangeSchema, example: { status: 'suspended' } },
    answers: { 200: one },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params, body, ifVersion }) => {
      const id = tenantId(params.tenant);
      if (body.status === 'suspended' && id === principal.tenant) {
        throw new GatewayError('conflict', 'You would lock yourself out.');
      }
      const update = { ...present(body), ifVersion };
      const tenant = await deps.identity.tenants.update(id, update);
      if (tenant === undefined) throw new GatewayError('not_found');
      if (tenant.status === 'suspended') await endGrants(deps, id);
      return respondJson(200, tenantJson(tenant), entityTag(tenant));
    },
  });

const ownRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/tenant'],
    operationIds: ['getOwnTenant'],
    tag,
    summary: 'See the own tenant',
    permission: 'tenant.read',
    answers: { 200: one },
    versioned: true,
    handle: async ({ principal }) => {
      const tenant = await known(identity, principal.tenant);
      return respondJson(200, tenantJson(tenant), entityTag(tenant));
    },
  });

const changeOwnRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: ['/api/v1/tenant'],
    operationIds: ['changeOwnTenant'],
    tag,
    summary: 'Change the name or the settings of the own tenant',
    permission: 'tenant.manage',
    body: { schema: ownTenantChangeSchema, example: { name: 'Acme' } },
    answers: { 200: one },
    errors: ['conflict', 'not_found'],
    versioned: true,
    handle: async ({ principal, body: { settings, ...body }, ifVersion }) => {
      const written = settings === undefined ? {} : { settings: settings as JsonObject };
      const update = { ...present(body), ...written, ifVersion };
      const tenant = await identity.tenants.update(principal.tenant, update);
      if (tenant === undefined) throw new GatewayError('not_found');
      return respondJson(200, tenantJson(tenant), entityTag(tenant));
    },
  });

async function known({ tenants }: ApiDeps['identity'], id: TenantId): Promise<Tenant> {
  const tenant = await tenants.get(id);
  if (tenant === undefined) throw new GatewayError('not_found');
  return tenant;
}
