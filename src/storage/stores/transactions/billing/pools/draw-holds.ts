import {
  burnCredit,
  drawLease,
  reachedPercents,
  transferOf,
  type BudgetTerms,
  type DrawnHolds,
  type Pool,
  type RecordDraw,
} from '../../../../../billing/pools/store.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import { sql } from '../../../sql.ts';
import { change, firstRow, type Steps } from '../../../transaction.ts';
import { writeTransaction } from '../write-books.ts';
import { remainingCredit } from './credit.ts';
import { readLease, readPool, writeStep, type StoredPool } from './pool-rows.ts';

/**
 * Charges records to the leases that they drew from: what a wallet bears is paid from its credit,
 * what a budget has reached is told once. A lease that is not known any more bears nothing.
 */
export function* drawPoolHolds({
  tenant,
  draws,
  nowMs,
}: {
  readonly tenant: TenantId;
  readonly draws: readonly RecordDraw[];
  readonly nowMs: number;
}): Steps<DrawnHolds> {
  const sums = { covered: 0n, overrun: 0n };
  const byPool = new Map<string, Borne>();
  for (const draw of draws) {
    const lease = yield* readLease(tenant, draw.leaseId);
    const stored = lease && (yield* readPool(tenant, lease.poolId));
    if (lease === undefined || stored === undefined) {
      sums.overrun += draw.charge;
      continue;
    }
    const step = drawLease(stored.pool, lease, draw);
    yield* writeStep(tenant, step);
    sums.covered += step.covered;
    sums.overrun += step.overrun;
    const borne = byPool.get(lease.poolId);
    byPool.set(lease.poolId, {
      stored: { ...stored, pool: step.pool },
      covered: (borne?.covered ?? 0n) + step.covered,
      purpose: [...(borne?.purpose ?? []), draw.usageId, draw.leaseId],
    });
  }
  for (const borne of byPool.values()) {
    if (borne.stored.budgetId === null) yield* payFromCredit(tenant, borne, nowMs);
    else yield* noteAlerts(tenant, borne.stored.budgetId, borne.stored.pool, nowMs);
  }
  return sums;
}

interface Borne {
  readonly stored: StoredPool;
  readonly covered: bigint;
  /** The records and leases that it is for. */
  readonly purpose: readonly string[];
}

/** What was charged is owed; what the wallet bears of it is paid at once. */
function* payFromCredit(
  tenant: TenantId,
  { stored: { currency }, covered, purpose }: Borne,
  nowMs: number,
): Steps<null> {
  if (covered === 0n || currency === null) return null;
  const taken = burnCredit(yield* remainingCredit(tenant, currency), covered);
  for (const [id, amount] of taken) {
    yield* change(sql`UPDATE credit_grant SET remaining_amount = remaining_amount - ${amount}
      WHERE tenant_id = ${tenant} AND id = ${id}`);
  }
  const booking = { kind: 'credit_use', currency, debit: 'wallet', credit: 'receivable' } as const;
  const transaction = transferOf({ ...booking, amount: covered, atMs: nowMs, purpose });
  return yield* writeTransaction(tenant, transaction);
}

function* noteAlerts(
  tenant: TenantId,
  budgetId: string,
  { id, spent, limit }: Pool,
  nowMs: number,
): Steps<null> {
  const row = yield* firstRow<{ readonly says: string }>(sql`SELECT says FROM budget
    WHERE tenant_id = ${tenant} AND id = ${budgetId}`);
  if (row === undefined) return null;
  const { alertPercents } = JSON.parse(row.says) as BudgetTerms;
  for (const percent of reachedPercents(alertPercents, spent, limit)) {
    yield* change(sql`INSERT INTO budget_alert (tenant_id, pool_id, percent, spent_amount,
        limit_amount, at_ms)
      VALUES (${tenant}, ${id}, ${percent}, ${spent}, ${limit}, ${nowMs}) ON CONFLICT DO NOTHING`);
  }
  return null;
}
