import type { StoredSubscription } from '../../../../billing/plans/store.ts';
import { creditMark, readPoolId, type Pool } from '../../../../billing/pools/store.ts';
import type { Period } from '../../../../billing/store.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql } from '../../sql.ts';
import { firstRow, type Steps } from '../../transaction.ts';
import { addToOutbox } from './add-to-outbox.ts';

/** A budget whose share was reached. */
export interface ReachedBudget {
  readonly id: string;
  readonly name: string;
  readonly unit: 'money' | 'calls';
  readonly currency: string | null;
}

/** Tells that a share of a budget is used up; nothing is let through when all of it is. */
export function* tellBudget(
  tenant: TenantId,
  budget: ReachedBudget,
  { id: poolId, spent, limit }: Pool,
  reached: number | 'all',
  nowMs: number,
): Steps<null> {
  const key = readPoolId(poolId);
  const shown = (amount: bigint): string =>
    budget.unit === 'money' ? formatMoney(amount) : String(amount);
  return yield* addToOutbox(tenant, {
    topic: reached === 'all' ? 'budget.exhausted' : 'budget.threshold_reached',
    purpose: [poolId, String(reached), String(limit)],
    atMs: nowMs,
    data: {
      budget: budget.id,
      name: budget.name,
      unit: budget.unit,
      currency: budget.currency,
      spent: shown(spent),
      limit: shown(limit),
      windowStartMs: key.kind === 'budget' ? key.startMs : null,
      windowEndMs: key.kind === 'budget' ? key.endMs : null,
      ...(reached === 'all' ? {} : { percent: reached }),
    },
  });
}

/** What became of the credit of a wallet. */
export interface UsedCredit {
  readonly currency: string;
  readonly before: bigint;
  readonly after: bigint;
  /** Of those grants that were not used up before. */
  readonly granted: bigint;
  /** The records that it was used for. */
  readonly purpose: readonly string[];
}

/** Tells that credit came to an end, or near it. */
export function* tellCredit(
  tenant: TenantId,
  { currency, before, after, granted, purpose }: UsedCredit,
  nowMs: number,
): Steps<null> {
  const mark = creditMark(before, after, granted);
  if (mark === undefined) return null;
  return yield* addToOutbox(tenant, {
    topic: mark === 'low' ? 'credit.low' : 'credit.exhausted',
    purpose: [currency, ...purpose],
    atMs: nowMs,
    data: { currency, remaining: formatMoney(after), granted: formatMoney(granted) },
  });
}

/** Tells that a period of a subscription takes no more usage. */
export function* tellPeriodClosed(
  tenant: TenantId,
  subscriptionId: string,
  { startMs, endMs }: Period,
  nowMs: number,
): Steps<null> {
  return yield* addToOutbox(tenant, {
    topic: 'period.closed',
    purpose: [subscriptionId, String(startMs)],
    atMs: nowMs,
    data: { subscription: subscriptionId, startMs, endMs, closedAtMs: nowMs },
  });
}

/** Tells that a subscription began or was given an end. */
export function* tellSubscription(
  tenant: TenantId,
  change: 'started' | 'ended',
  subscription: StoredSubscription,
): Steps<null> {
  const { id, planVersionId, startsAtMs, endsAtMs, timeZone, version } = subscription;
  const clock = yield* firstRow<{ readonly nowMs: number }>(
    sql`SELECT now_ms AS "nowMs" FROM database_clock`,
  );
  return yield* addToOutbox(tenant, {
    topic: 'subscription.changed',
    purpose: [id, String(version)],
    atMs: Number(clock?.nowMs),
    data: { subscription: id, change, planVersion: planVersionId, startsAtMs, endsAtMs, timeZone },
  });
}
