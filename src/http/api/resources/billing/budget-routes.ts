import type { Budget, BudgetTerms } from '../../../../billing/pools/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import { checkBudgetScope } from './check-budget-scope.ts';
import {
  budgetAlertJson,
  budgetAlertsSchema,
  budgetChangeSchema,
  budgetJson,
  budgetParams,
  budgetRequestSchema,
  budgetSchema,
  budgetsSchema,
  currentPoolId,
  readLimit,
} from './budget-json.ts';

const tag = 'Billing';
const path = '/api/v1/billing/budgets';
const one = { description: 'The budget.', schema: budgetSchema };
const defaultPercents = [80, 100];

/** Budgets of the own tenant: how much it allows itself, and what was reached of it. */
export function budgetRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    listRoute(deps),
    createRoute(deps),
    getRoute(deps),
    changeRoute(deps),
    removeRoute(deps),
    alertsRoute(deps),
  ];
}

const listRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [path],
    operationIds: ['listBudgets'],
    tag,
    summary: 'List the budgets of the own tenant',
    permission: 'billing.read',
    answers: { 200: { description: 'All budgets.', schema: budgetsSchema } },
    handle: async ({ principal: { tenant } }) => {
      const budgets = await deps.billing.budgets.list(tenant);
      return respondJson(200, { budgets: await shown(deps, tenant, budgets) });
    },
  });

const createRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [path],
    operationIds: ['createBudget'],
    tag,
    summary: 'Make a budget',
    description:
      'Calls that would go beyond it are refused from then on, on every instance within seconds. ' +
      'What its scope names has to be there.',
    permission: 'budgets.manage',
    body: {
      schema: budgetRequestSchema,
      example: { name: 'Team', unit: 'money', limit: '50.00', currency: 'USD', window: 'month' },
    },
    answers: { 201: { description: 'Made.', schema: budgetSchema } },
    errors: ['conflict'],
    handle: async ({ principal, body }) => {
      const { tenant } = principal;
      const { billing, ids, now } = deps;
      const { name, unit, currency = null, scope = {}, window, timeZone = 'UTC' } = body;
      if ((unit === 'money') !== (currency !== null)) {
        const problem = unit === 'money' ? 'is missing' : 'has no meaning for calls';
        const fix = unit === 'money' ? 'Give a code of ISO 4217, for example USD.' : 'Remove it.';
        throw fieldProblem([{ field: 'currency', problem, fix }]);
      }
      await checkBudgetScope(deps, principal, present(scope));
      const { alertPercents = defaultPercents } = body;
      const terms: BudgetTerms = {
        scope: present(scope),
        currency,
        window,
        timeZone,
        alertPercents,
      };
      const limit = readLimit(body.limit, unit);
      const times = { createdAtMs: now(), updatedAtMs: now(), version: 1 };
      const budget: Budget = { id: ids.next('bud'), name, unit, limit, ...terms, ...times };
      await billing.budgets.insert(tenant, budget);
      const headers = { Location: `${path}/${budget.id}`, ...entityTag(budget) };
      return respondJson(201, budgetJson(budget, undefined, now()), headers);
    },
  });

const getRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [`${path}/{budget}`],
    operationIds: ['getBudget'],
    tag,
    summary: 'See one budget',
    permission: 'billing.read',
    params: budgetParams,
    answers: { 200: one },
    versioned: true,
    handle: async ({ principal: { tenant }, params }) => {
      const budget = await budgetOf(deps, tenant, params.budget);
      const [json] = await shown(deps, tenant, [budget]);
      return respondJson(200, json, entityTag(budget));
    },
  });

const changeRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: [`${path}/{budget}`],
    operationIds: ['changeBudget'],
    tag,
    summary: 'Change a budget',
    description: 'A limit holds at once, in the window of now too. What was spent stays spent.',
    permission: 'budgets.manage',
    params: budgetParams,
    body: { schema: budgetChangeSchema, example: { limit: '80.00' } },
    answers: { 200: one },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params, body, ifVersion }) => {
      const { tenant } = principal;
      if (body.scope !== undefined) await checkBudgetScope(deps, principal, present(body.scope));
      const before = await budgetOf(deps, tenant, params.budget);
      const { name = before.name, limit, ...terms } = present(body);
      const { scope, currency, window, timeZone, alertPercents } = { ...before, ...terms };
      const updated = await deps.billing.budgets.update(tenant, before.id, {
        name,
        limit: limit === undefined ? before.limit : readLimit(limit, before.unit),
        terms: { scope: present(scope), currency, window, timeZone, alertPercents },
        updatedAtMs: deps.now(),
        ifVersion: ifVersion ?? before.version,
      });
      if (updated === undefined) throw new GatewayError('not_found');
      const [json] = await shown(deps, tenant, [updated]);
      return respondJson(200, json, entityTag(updated));
    },
  });

const removeRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: [`${path}/{budget}`],
    operationIds: ['removeBudget'],
    tag,
    summary: 'Remove a budget',
    permission: 'budgets.manage',
    params: budgetParams,
    answers: { 204: { description: 'Removed; what was spent of it stays known.' } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal: { tenant }, params, ifVersion }) => {
      const isRemoved = await billing.budgets.delete(tenant, params.budget, ifVersion);
      if (!isRemoved) throw new GatewayError('not_found');
      return respondEmpty();
    },
  });

const alertsRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/billing/budget-alerts'],
    operationIds: ['listBudgetAlerts'],
    tag,
    summary: 'List the shares of budgets that were reached',
    description: 'Each once in a window of its budget.',
    permission: 'billing.read',
    answers: { 200: { description: 'The latest first.', schema: budgetAlertsSchema } },
    handle: async ({ principal: { tenant } }) => {
      const alerts = await billing.budgets.alerts(tenant, limits.budgetAlertRowsMax);
      return respondJson(200, { alerts: alerts.map(budgetAlertJson) });
    },
  });

async function budgetOf({ billing }: ApiDeps, tenant: TenantId, id: string): Promise<Budget> {
  const budget = (await billing.budgets.list(tenant)).find((known) => known.id === id);
  if (budget === undefined) throw new GatewayError('not_found');
  return budget;
}

async function shown(
  { billing, now }: ApiDeps,
  tenant: TenantId,
  budgets: readonly Budget[],
): Promise<readonly ReturnType<typeof budgetJson>[]> {
  const nowMs = now();
  const places = budgets.map((budget) => currentPoolId(budget, nowMs));
  const pools = new Map((await billing.pools.list(tenant, places)).map((pool) => [pool.id, pool]));
  return budgets.map((budget, at) => budgetJson(budget, pools.get(places[at] ?? ''), nowMs));
}
