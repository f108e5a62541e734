import type { LeaseStep, Pool, PoolLease } from '../../../../../billing/pools/store.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import { toPool, toPoolLease, type PoolLeaseRow, type PoolRow } from '../../../rows/pool-rows.ts';
import { sql } from '../../../sql.ts';
import { allRows, change, firstRow, type Steps } from '../../../transaction.ts';

/** A pool with what it is. */
export interface StoredPool {
  readonly pool: Pool;
  readonly currency: string | null;
  readonly budgetId: string | null;
}

/** Reads a pool. */
export function* readPool(tenant: TenantId, id: string): Steps<StoredPool | undefined> {
  const row = yield* firstRow<PoolRow>(sql`SELECT tenant_id, id, kind, currency, budget_id, end_ms,
      CAST(limit_amount AS text) AS limit_amount, CAST(spent_amount AS text) AS spent_amount,
      CAST(outstanding_amount AS text) AS outstanding_amount,
      CAST(overrun_amount AS text) AS overrun_amount
    FROM pool WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (row === undefined) return undefined;
  return { pool: toPool(row), currency: row.currency, budgetId: row.budget_id };
}

/** Reads a lease. */
export function* readLease(tenant: TenantId, id: string): Steps<PoolLease | undefined> {
  const rows = yield* allRows<PoolLeaseRow>(sql`SELECT tenant_id, id, pool_id, node_id, run_id,
      CAST(granted_amount AS text) AS granted_amount, CAST(drawn_amount AS text) AS drawn_amount,
      CAST(spent_amount AS text) AS spent_amount, state, expires_at_ms, last_block
    FROM pool_lease WHERE tenant_id = ${tenant} AND id = ${id}`);
  return rows[0] && toPoolLease(rows[0]);
}

/** Writes what a step made of a pool. */
export function* writePool(tenant: TenantId, pool: Pool): Steps<null> {
  yield* change(sql`UPDATE pool SET limit_amount = ${pool.limit}, spent_amount = ${pool.spent},
      outstanding_amount = ${pool.outstanding}, overrun_amount = ${pool.overrun}
    WHERE tenant_id = ${tenant} AND id = ${pool.id}`);
  return null;
}

/** Writes what a step made of a pool and a lease that was there before. */
export function* writeStep(tenant: TenantId, { pool, lease }: LeaseStep): Steps<null> {
  yield* writePool(tenant, pool);
  return yield* writeLease(tenant, lease);
}

/** Writes a lease that was there before. */
export function* writeLease(tenant: TenantId, lease: PoolLease): Steps<null> {
  yield* change(sql`UPDATE pool_lease SET drawn_amount = ${lease.drawn},
      spent_amount = ${lease.spent}, state = ${lease.state}
    WHERE tenant_id = ${tenant} AND id = ${lease.id}`);
  return null;
}
