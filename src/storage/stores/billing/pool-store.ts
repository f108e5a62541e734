import { sql } from 'kysely';
import type { BudgetStore, CreditStore, PoolStore } from '../../../billing/pools/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { Database } from '../database.ts';
import { toBudget, toCredit, toPool, toPoolLease } from '../rows/pool-rows.ts';
import { moneyText } from './money-text.ts';

/** Pools and the leases of them. */
export function createPoolStore({ query, transact }: Database): PoolStore {
  // Where nothing is prepaid and nothing has a budget, a quiet disk is left alone.
  const hasPools = async (): Promise<boolean> =>
    (await query.selectFrom('pool').select('id').limit(1).executeTakeFirst()) !== undefined;
  return {
    acquire: (owner, request) => transact('acquirePoolLease', { owner, request }),
    close: async (tenant, leaseId, spent) => {
      await transact('closePoolLease', { tenant, leaseId, spent });
    },
    exist: hasPools,
    abandon: async (nodeId, runId) => {
      if (await hasPools()) await transact('abandonPoolLeases', { nodeId, runId });
    },
    draw: (tenant, draws, nowMs) => transact('drawPoolHolds', { tenant, draws, nowMs }),
    sweep: async (sweep, fence) => {
      if (!(await hasPools())) return false;
      return (await transact('sweepPools', { sweep, fence })) ?? undefined;
    },
    list: async (tenant, ids) => {
      if (ids?.length === 0) return [];
      const rows = await query
        .selectFrom('pool')
        .select(['tenant_id', 'id', 'kind', 'currency', 'budget_id', 'end_ms'])
        .select(moneyText(sql.ref('limit_amount')).as('limit_amount'))
        .select(moneyText(sql.ref('spent_amount')).as('spent_amount'))
        .select(moneyText(sql.ref('outstanding_amount')).as('outstanding_amount'))
        .select(moneyText(sql.ref('overrun_amount')).as('overrun_amount'))
        .where('tenant_id', '=', tenant)
        .$if(ids !== undefined, (select) => select.where('id', 'in', ids ?? []))
        .orderBy('id')
        .execute();
      return rows.map(toPool);
    },
    leases: async (tenant, poolId) => {
      const rows = await leasesOf(query, tenant).where('pool_id', '=', poolId).execute();
      return rows.map(toPoolLease);
    },
    openLeases: async (tenant) => {
      const rows = await leasesOf(query, tenant).where('state', '<>', 'settled').execute();
      return rows.map(toPoolLease);
    },
  };
}

function leasesOf(query: Database['query'], tenant: TenantId) {
  return query
    .selectFrom('pool_lease')
    .select(['tenant_id', 'id', 'pool_id', 'node_id', 'run_id', 'state', 'expires_at_ms'])
    .select('last_block')
    .select(moneyText(sql.ref('granted_amount')).as('granted_amount'))
    .select(moneyText(sql.ref('drawn_amount')).as('drawn_amount'))
    .select(sql<string | null>`CAST(spent_amount AS text)`.as('spent_amount'))
    .where('tenant_id', '=', tenant)
    .orderBy('pool_id')
    .orderBy('id');
}

/** Credit that was granted. */
export function createCreditStore({ query, transact }: Database): CreditStore {
  return {
    grant: (tenant, credit) => transact('grantCredit', { tenant, credit }),
    list: async (tenant) => {
      const rows = await query
        .selectFrom('credit_grant')
        .select(['tenant_id', 'id', 'grant_key', 'kind', 'currency', 'priority'])
        .select(['expires_at_ms', 'created_at_ms'])
        .select(moneyText(sql.ref('amount')).as('amount'))
        .select(moneyText(sql.ref('remaining_amount')).as('remaining_amount'))
        .where('tenant_id', '=', tenant)
        .orderBy('created_at_ms')
        .orderBy('id')
        .execute();
      return rows.map(toCredit);
    },
  };
}

/** Budgets, and what was reached of them. */
export function createBudgetStore({ query, transact }: Database): BudgetStore {
  return {
    list: async (tenant) => {
      const rows = await query
        .selectFrom('budget')
        .select(['tenant_id', 'id', 'name', 'unit', 'says', 'created_at_ms', 'updated_at_ms'])
        .select('version')
        .select(moneyText(sql.ref('limit_amount')).as('limit_amount'))
        .where('tenant_id', '=', tenant)
        .orderBy('id')
        .execute();
      return rows.map(toBudget);
    },
    insert: async (tenant, budget) => {
      await transact('insertBudget', { tenant, budget });
    },
    update: (tenant, id, update) => transact('updateBudget', { tenant, id, update }),
    delete: (tenant, id, ifVersion) => transact('removeBudget', { tenant, id, ifVersion }),
    alerts: async (tenant, rowsMax) => {
      const rows = await query
        .selectFrom('budget_alert')
        .select(['pool_id as poolId', 'percent', 'at_ms as atMs'])
        .select(moneyText(sql.ref('spent_amount')).as('spent'))
        .select(moneyText(sql.ref('limit_amount')).as('limit'))
        .where('tenant_id', '=', tenant)
        .orderBy('at_ms', 'desc')
        .orderBy('pool_id')
        .orderBy('percent', 'desc')
        .limit(rowsMax)
        .execute();
      return rows.map((row) => {
        return { ...row, spent: BigInt(row.spent), limit: BigInt(row.limit) };
      });
    },
  };
}
