import type { NewCredit } from '../../../../billing/pools/store.ts';
import { parseExact, toNano } from '../../../../kernel/exact.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { type TenantId, tenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondJson } from '../../framework/respond.ts';
import {
  creditJson,
  creditRequestSchema,
  creditSchema,
  creditsSchema,
  leaseJson,
  leasesSchema,
  tenantParams,
  walletsJson,
  walletsSchema,
} from './credit-json.ts';

const tag = 'Billing';
const path = '/api/v1/billing/tenants/{tenant}';

/** Credit: of the own tenant, and of any one for the operator, who grants it. */
export function creditRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    ownCreditRoute(deps),
    ownWalletRoute(deps),
    grantRoute(deps),
    creditsRoute(deps),
    walletsRoute(deps),
    leasesRoute(deps),
  ];
}

const listed = { 200: { description: 'The oldest first.', schema: creditsSchema } };
const balances = { 200: { description: 'One for each currency.', schema: walletsSchema } };

const ownCreditRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/billing/credits'],
    operationIds: ['listOwnCredits'],
    tag,
    summary: 'List the credit of the own tenant',
    permission: 'billing.read',
    answers: listed,
    handle: async ({ principal }) => respondJson(200, await creditsOf(billing, principal.tenant)),
  });

const ownWalletRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/billing/wallets'],
    operationIds: ['listOwnWallets'],
    tag,
    summary: 'See what is left of the credit of the own tenant',
    permission: 'billing.read',
    answers: balances,
    handle: async ({ principal }) => {
      return respondJson(200, walletsJson(await billing.pools.list(principal.tenant)));
    },
  });

const grantRoute = ({ billing, identity, ids, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [`${path}/credits`],
    operationIds: ['grantCredit'],
    tag,
    summary: 'Grant credit to a tenant',
    description: 'Once for a `key`: the same again answers with what was granted then.',
    permission: 'credit.manage',
    params: tenantParams,
    body: {
      schema: creditRequestSchema,
      example: { key: 'order 4711', kind: 'bought', currency: 'USD', amount: '25.00' },
    },
    answers: { 201: { description: 'Granted.', schema: creditSchema } },
    errors: ['conflict', 'not_found'],
    handle: async ({ params, body }) => {
      const tenant = await knownTenant(identity, params.tenant);
      const { key, kind, currency, priority = 0, expiresAtMs = null } = body;
      if (expiresAtMs !== null && expiresAtMs <= now()) {
        const fix = 'Give a moment to come, or none.';
        throw fieldProblem([{ field: 'expiresAtMs', problem: 'has passed', fix }]);
      }
      const amount = toNano(parseExact(body.amount));
      const createdAtMs = now();
      const id = ids.next('crg');
      const credit: NewCredit = {
        id,
        key,
        kind,
        currency,
        amount,
        priority,
        expiresAtMs,
        createdAtMs,
      };
      const granted = await billing.credit.grant(tenant, credit);
      return respondJson(201, creditJson(granted));
    },
  });

const creditsRoute = ({ billing, identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [`${path}/credits`],
    operationIds: ['listCredits'],
    tag,
    summary: 'List the credit of a tenant',
    permission: 'credit.manage',
    params: tenantParams,
    answers: listed,
    handle: async ({ params }) => {
      const tenant = await knownTenant(identity, params.tenant);
      return respondJson(200, await creditsOf(billing, tenant));
    },
  });

const walletsRoute = ({ billing, identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [`${path}/wallets`],
    operationIds: ['listWallets'],
    tag,
    summary: 'See what is left of the credit of a tenant',
    permission: 'credit.manage',
    params: tenantParams,
    answers: balances,
    handle: async ({ params }) => {
      const tenant = await knownTenant(identity, params.tenant);
      return respondJson(200, walletsJson(await billing.pools.list(tenant)));
    },
  });

const leasesRoute = ({ billing, identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [`${path}/leases`],
    operationIds: ['listPoolLeases'],
    tag,
    summary: 'See what instances hold of the credit and the budgets of a tenant',
    permission: 'credit.manage',
    params: tenantParams,
    answers: { 200: { description: 'Those not settled, by pool.', schema: leasesSchema } },
    handle: async ({ params }) => {
      const tenant = await knownTenant(identity, params.tenant);
      const leases = await billing.pools.openLeases(tenant);
      return respondJson(200, { leases: leases.map(leaseJson) });
    },
  });

async function creditsOf({ credit }: ApiDeps['billing'], tenant: TenantId) {
  return { credits: (await credit.list(tenant)).map(creditJson) };
}

async function knownTenant({ tenants }: ApiDeps['identity'], id: string): Promise<TenantId> {
  const tenant = await tenants.get(tenantId(id));
  if (tenant === undefined) throw new GatewayError('not_found', 'There is no such tenant.');
  return tenant.id;
}
