import {
  askPool,
  closeLease,
  readPoolId,
  type LeaseAnswer,
  type LeaseOwner,
  type LeaseRequest,
} from '../../../../../billing/pools/store.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import { sql } from '../../../sql.ts';
import { change, firstRow, type Steps } from '../../../transaction.ts';
import { readLease, readPool, writePool, writeStep, type StoredPool } from './pool-rows.ts';

/** Lends a part of a pool to an instance, or says what there is when it is too little. */
export function* acquirePoolLease({
  owner,
  request,
}: {
  readonly owner: LeaseOwner;
  readonly request: LeaseRequest;
}): Steps<LeaseAnswer> {
  const { tenant, poolId, leaseId, needed, wanted } = request;
  const { nodeId, runId, lifeMs } = owner;
  const stored = (yield* readPool(tenant, poolId)) ?? (yield* openWindow(tenant, poolId));
  if (stored === undefined) return { kind: 'refused', available: 0n };
  const earlier = yield* readLease(tenant, leaseId);
  const others = yield* firstRow<{ readonly nodes: number }>(sql`SELECT
      count(DISTINCT node_id) AS nodes FROM pool_lease WHERE tenant_id = ${tenant}
      AND pool_id = ${poolId} AND state = 'open' AND node_id <> ${nodeId}`);
  const clock = yield* firstRow<{ readonly nowMs: number }>(
    sql`SELECT now_ms AS "nowMs" FROM database_clock`,
  );
  const expiresAtMs = Number(clock?.nowMs) + lifeMs;
  const asked = { leaseId, nodeId, runId, needed, wanted, expiresAtMs };
  const instances = Number(others?.nodes) + 1;
  const { answer, changed } = askPool(stored.pool, asked, earlier, instances);
  if (changed === undefined) return answer;
  const { lease, pool } = changed;
  yield* writePool(tenant, pool);
  yield* change(sql`INSERT INTO pool_lease (tenant_id, id, pool_id, node_id, run_id, granted_amount,
      drawn_amount, spent_amount, state, expires_at_ms, last_block)
    VALUES (${tenant}, ${lease.id}, ${poolId}, ${nodeId}, ${runId}, ${lease.granted},
      ${lease.drawn}, ${lease.spent}, ${lease.state}, ${expiresAtMs}, ${null})`);
  return answer;
}

/** The owner of a lease says what it spent; the rest may be lent again. */
export function* closePoolLease({
  tenant,
  leaseId,
  spent,
}: {
  readonly tenant: TenantId;
  readonly leaseId: string;
  readonly spent: bigint;
}): Steps<null> {
  const lease = yield* readLease(tenant, leaseId);
  const stored = lease && (yield* readPool(tenant, lease.poolId));
  if (lease === undefined || stored === undefined || lease.state !== 'open') return null;
  return yield* writeStep(tenant, closeLease(stored.pool, lease, spent));
}

/** A window of a budget becomes a pool when it is first drawn from. */
function* openWindow(tenant: TenantId, poolId: string): Steps<StoredPool | undefined> {
  const key = readPoolId(poolId);
  if (key.kind === 'wallet') return undefined;
  yield* change(sql`INSERT INTO pool (tenant_id, id, kind, currency, budget_id, end_ms,
      limit_amount, spent_amount, outstanding_amount, overrun_amount)
    SELECT tenant_id, ${poolId}, 'budget', NULL, id, ${key.endMs}, limit_amount, 0, 0, 0
    FROM budget WHERE tenant_id = ${tenant} AND id = ${key.budgetId}`);
  return yield* readPool(tenant, poolId);
}
