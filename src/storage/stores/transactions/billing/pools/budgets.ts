import type { Budget, BudgetUpdate } from '../../../../../billing/pools/store.ts';
import { limits } from '../../../../../kernel/limits.ts';
import { checkVersion } from '../../../../../kernel/check-version.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import { budgetText, toBudget, type BudgetRow } from '../../../rows/pool-rows.ts';
import { sql } from '../../../sql.ts';
import { change, firstRow, type Steps } from '../../../transaction.ts';
import { bumpVersion } from '../../bump-version.ts';
import { countRows } from '../../identity/count-rows.ts';

/** Adds a budget. */
export function* insertBudget({
  tenant,
  budget,
}: {
  readonly tenant: TenantId;
  readonly budget: Budget;
}): Steps<null> {
  const counting = sql`SELECT count(*) AS rows FROM budget WHERE tenant_id = ${tenant}`;
  yield* countRows(counting, limits.budgetsPerTenantMax, 'budgets');
  yield* change(sql`INSERT INTO budget (tenant_id, id, name, unit, limit_amount, says,
      created_at_ms, updated_at_ms, version)
    VALUES (${tenant}, ${budget.id}, ${budget.name}, ${budget.unit}, ${budget.limit},
      ${budgetText(budget)}, ${budget.createdAtMs}, ${budget.updatedAtMs}, ${budget.version})`);
  yield* bumpVersion('budgets', tenant);
  return null;
}

/** Changes a budget; a new limit holds for the windows that are open, too. */
export function* updateBudget({
  tenant,
  id,
  update,
}: {
  readonly tenant: TenantId;
  readonly id: string;
  readonly update: BudgetUpdate;
}): Steps<Budget | undefined> {
  const row = yield* stored(tenant, id);
  if (row === undefined) return undefined;
  checkVersion(row.version, update.ifVersion);
  const { name, limit, terms, updatedAtMs } = update;
  const version = row.version + 1;
  yield* change(sql`UPDATE budget SET name = ${name}, limit_amount = ${limit},
      says = ${budgetText(terms)}, updated_at_ms = ${updatedAtMs}, version = ${version}
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  yield* change(sql`UPDATE pool SET limit_amount = ${limit}
    WHERE tenant_id = ${tenant} AND budget_id = ${id}
      AND (end_ms IS NULL OR end_ms > ${updatedAtMs})`);
  yield* bumpVersion('budgets', tenant);
  return { ...toBudget(row), ...terms, name, limit, updatedAtMs, version };
}

/** Removes a budget; false when there is none. */
export function* removeBudget({
  tenant,
  id,
  ifVersion,
}: {
  readonly tenant: TenantId;
  readonly id: string;
  readonly ifVersion: number | undefined;
}): Steps<boolean> {
  const row = yield* stored(tenant, id);
  if (row === undefined) return false;
  checkVersion(row.version, ifVersion);
  yield* change(sql`DELETE FROM budget WHERE tenant_id = ${tenant} AND id = ${id}`);
  yield* bumpVersion('budgets', tenant);
  return true;
}

function stored(tenant: TenantId, id: string): Steps<BudgetRow | undefined> {
  return firstRow<BudgetRow>(sql`SELECT tenant_id, id, name, unit,
      CAST(limit_amount AS text) AS limit_amount, says, created_at_ms, updated_at_ms, version
    FROM budget WHERE tenant_id = ${tenant} AND id = ${id}`);
}
