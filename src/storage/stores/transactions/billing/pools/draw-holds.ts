import {
  availableOf,
  burnCredit,
  drawLease,
  poolIdOf,
  reachedPercents,
  transferOf,
  type BudgetTerms,
  type DrawnHolds,
  type PoolLease,
  type RecordDraw,
  type WalletCharge,
} from '../../../../../billing/pools/store.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import { sql } from '../../../sql.ts';
import { change, firstRow, type Steps } from '../../../transaction.ts';
import { tellBudget, tellCredit } from '../../webhooks/tell-billing.ts';
import { writeTransaction } from '../write-books.ts';
import { remainingCredit } from './credit.ts';
import { readLease, readPool, writeLease, writePool, type StoredPool } from './pool-rows.ts';

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
  const leases = new Map<string, PoolLease>();
  const byPool = new Map<string, Borne>();
  for (const draw of draws) {
    const lease = leases.get(draw.leaseId) ?? (yield* readLease(tenant, draw.leaseId));
    const borne =
      lease && (byPool.get(lease.poolId) ?? (yield* nothingBorne(tenant, lease.poolId)));
    if (lease === undefined || borne === undefined) {
      sums.overrun += draw.charge;
      continue;
    }
    const step = drawLease(borne.stored.pool, lease, draw);
    leases.set(lease.id, step.lease);
    sums.covered += step.covered;
    sums.overrun += step.overrun;
    byPool.set(lease.poolId, {
      stored: { ...borne.stored, pool: step.pool },
      covered: borne.covered + step.covered,
      purpose: [...borne.purpose, draw.usageId, draw.leaseId],
    });
  }
  for (const lease of leases.values()) yield* writeLease(tenant, lease);
  for (const borne of byPool.values()) {
    yield* writePool(tenant, borne.stored.pool);
    if (borne.stored.budgetId === null) yield* payFromCredit(tenant, borne, nowMs);
    else yield* noteAlerts(tenant, borne.stored.budgetId, borne, nowMs);
  }
  return sums;
}

/**
 * Charges what nothing was held for to a wallet: it bears what nobody has spent and nobody may
 * spend, the rest is owed and counted.
 */
export function* chargeWallet(
  tenant: TenantId,
  { currency, amount, purpose, isFee = false }: WalletCharge,
  nowMs: number,
): Steps<null> {
  const borne = yield* nothingBorne(tenant, poolIdOf({ kind: 'wallet', currency }));
  if (borne === undefined || amount <= 0n) return null;
  const { pool } = borne.stored;
  const available = availableOf(pool);
  const free = available > 0n ? available : 0n;
  const covered = amount < free ? amount : free;
  const overrun = isFee ? pool.overrun : pool.overrun + amount - covered;
  const next = { ...pool, spent: pool.spent + covered, overrun };
  yield* writePool(tenant, next);
  const stored = { ...borne.stored, pool: next };
  return yield* payFromCredit(tenant, { stored, covered, purpose }, nowMs);
}

function* nothingBorne(tenant: TenantId, poolId: string): Steps<Borne | undefined> {
  const stored = yield* readPool(tenant, poolId);
  return stored && { stored, covered: 0n, purpose: [] };
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
  const credit = yield* remainingCredit(tenant, currency);
  const taken = burnCredit(credit, covered);
  for (const [id, amount] of taken) {
    yield* change(sql`UPDATE credit_grant SET remaining_amount = remaining_amount - ${amount}
      WHERE tenant_id = ${tenant} AND id = ${id}`);
  }
  const before = credit.reduce((sum, { remaining }) => sum + remaining, 0n);
  const granted = credit.reduce((sum, { amount }) => sum + amount, 0n);
  const used = { currency, before, after: before - covered, granted, purpose };
  yield* tellCredit(tenant, used, nowMs);
  const booking = { kind: 'credit_use', currency, debit: 'wallet', credit: 'receivable' } as const;
  const transaction = transferOf({ ...booking, amount: covered, atMs: nowMs, purpose });
  return yield* writeTransaction(tenant, transaction);
}

interface BudgetSays {
  readonly name: string;
  readonly unit: 'money' | 'calls';
  readonly says: string;
}

function* noteAlerts(
  tenant: TenantId,
  budgetId: string,
  { stored: { pool }, covered }: Borne,
  nowMs: number,
): Steps<null> {
  const { id, spent, limit } = pool;
  const row = yield* firstRow<BudgetSays>(sql`SELECT name, unit, says FROM budget
    WHERE tenant_id = ${tenant} AND id = ${budgetId}`);
  if (row === undefined) return null;
  const { alertPercents, currency } = JSON.parse(row.says) as BudgetTerms;
  const budget = { id: budgetId, name: row.name, unit: row.unit, currency };
  for (const percent of reachedPercents(alertPercents, spent, limit)) {
    const noted =
      yield* change(sql`INSERT INTO budget_alert (tenant_id, pool_id, percent, spent_amount,
        limit_amount, at_ms)
      VALUES (${tenant}, ${id}, ${percent}, ${spent}, ${limit}, ${nowMs}) ON CONFLICT DO NOTHING`);
    if (noted > 0 && percent !== 100) yield* tellBudget(tenant, budget, pool, percent, nowMs);
  }
  if (spent >= limit && spent - covered < limit) {
    yield* tellBudget(tenant, budget, pool, 'all', nowMs);
  }
  return null;
}
