import { settleLease, type LeaseSweep } from '../../../../../billing/pools/store.ts';
import type { Fence } from '../../../../../kernel/fence.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import { sql } from '../../../sql.ts';
import { allRows, change, type Steps } from '../../../transaction.ts';
import { holdsFence } from '../../leases.ts';
import { expireCredit } from './credit.ts';
import { readLease, readPool, writeStep } from './pool-rows.ts';

interface LeasePlace {
  readonly tenant: TenantId;
  readonly id: string;
}

/**
 * Gives up what earlier lives of an instance had open. Their records are all stored by now: those
 * that wait to be charged are in a batch up to the last one, so once these are charged, what the
 * lease was charged is what it spent.
 */
export function* abandonPoolLeases({
  nodeId,
  runId,
}: {
  readonly nodeId: string;
  readonly runId: string;
}): Steps<null> {
  yield* change(sql`UPDATE pool_lease SET state = 'abandoned', last_block =
      (SELECT max(block) FROM usage_pending WHERE usage_pending.tenant_id = pool_lease.tenant_id)
    WHERE state = 'open' AND node_id = ${nodeId} AND run_id <> ${runId}`);
  return null;
}

/** Ends leases that nobody will end, and credit whose time is over. */
export function* sweepPools({
  sweep: { nowMs, graceMs, keptMs, rowsMax },
  fence,
}: {
  readonly sweep: LeaseSweep;
  readonly fence: Fence;
}): Steps<boolean | null> {
  if (!(yield* holdsFence(fence))) return null;
  yield* change(sql`UPDATE pool_lease SET state = 'abandoned', last_block =
      (SELECT max(block) FROM usage_pending WHERE usage_pending.tenant_id = pool_lease.tenant_id)
    WHERE state IN ('open', 'closed') AND expires_at_ms <= ${nowMs - graceMs}`);
  yield* change(sql`DELETE FROM pool_lease
    WHERE state = 'settled' AND expires_at_ms <= ${nowMs - keptMs}`);
  yield* change(sql`DELETE FROM task_hold WHERE at_ms <= ${nowMs - keptMs}`);
  const ended = yield* settleAbandoned(rowsMax);
  const expired = yield* expireCredit(nowMs, rowsMax);
  return ended === rowsMax || expired === rowsMax;
}

/** Ends the abandoned leases whose records have all been charged; how many. */
function* settleAbandoned(rowsMax: number): Steps<number> {
  const places = yield* allRows<LeasePlace>(sql`SELECT tenant_id AS tenant, id FROM pool_lease
    WHERE state = 'abandoned' AND (last_block IS NULL OR NOT EXISTS (SELECT 1 FROM usage_pending
      WHERE usage_pending.tenant_id = pool_lease.tenant_id AND block <= pool_lease.last_block))
    ORDER BY tenant_id, id LIMIT ${rowsMax}`);
  for (const { tenant, id } of places) {
    const lease = yield* readLease(tenant, id);
    const stored = lease && (yield* readPool(tenant, lease.poolId));
    if (lease && stored) yield* writeStep(tenant, settleLease(stored.pool, lease));
  }
  return places.length;
}
