import { z } from '@hono/zod-openapi';
import type { Budget } from '../../../../billing/pools/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { Principal } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import {
  budgetAlertJson,
  budgetAlertsSchema,
  budgetJson,
  budgetSchema,
  currentPoolId,
} from './budget-json.ts';
import { walletsJson, walletsSchema } from './credit-json.ts';

/** What bounds a caller's spending, as `/billing/me` shows it. */
export const ownSpending = {
  budgets: z
    .array(budgetSchema)
    .describe('Those that are about the caller; all of the tenant with billing.read.'),
  alerts: budgetAlertsSchema.shape.alerts.describe(
    `Shares of these budgets that were reached, the latest ${limits.budgetAlertRowsMax}.`,
  ),
  wallets: walletsSchema.shape.wallets
    .nullable()
    .describe('With billing.read, or where the plan shows costs in results; otherwise null.'),
};

/**
 * Budgets, their alerts and wallets of a caller. Without `billing.read` these are the budgets that
 * name the caller or its key; `showsCost` says whether results tell it of the wallet anyway.
 */
export async function ownSpendingOf(
  { billing, now }: ApiDeps,
  { tenant, subject, grantId, permissions }: Principal,
  showsCost: boolean,
) {
  const nowMs = now();
  const seesAll = permissions.actions.has('billing.read');
  const isOwn = ({ scope }: Budget): boolean => {
    if (scope.userId !== undefined && scope.userId !== subject.id) return false;
    if (scope.grantId !== undefined && scope.grantId !== grantId) return false;
    return scope.userId !== undefined || scope.grantId !== undefined;
  };
  const budgets = (await billing.budgets.list(tenant)).filter((one) => seesAll || isOwn(one));
  const places = budgets.map((budget) => currentPoolId(budget, nowMs));
  const pools = new Map((await billing.pools.list(tenant, places)).map((pool) => [pool.id, pool]));
  const ids = new Set(budgets.map(({ id }) => id));
  const alerts = (await billing.budgets.alerts(tenant, limits.budgetAlertRowsMax))
    .map(budgetAlertJson)
    .filter(({ budget }) => ids.has(budget));
  const seesWallets = seesAll || (showsCost && permissions.layers.length === 0);
  return {
    budgets: budgets.map((one, at) => budgetJson(one, pools.get(places[at] ?? ''), nowMs)),
    alerts,
    wallets: seesWallets ? walletsJson(await billing.pools.list(tenant)).wallets : null,
  };
}
