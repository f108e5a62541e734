import {
  closingCharges,
  closingRecurring,
  periodGateKey,
  periodOf,
  shareOf,
  type Period,
  type SubscribedPlan,
} from '../../../../billing/store.ts';
import { formatExact } from '../../../../kernel/exact.ts';
import type { Fence } from '../../../../kernel/fence.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql } from '../../sql.ts';
import type { TransactionMemo } from '../../transaction-memo.ts';
import { allRows, change, firstRow, type Steps } from '../../transaction.ts';
import { holdsFence } from '../leases.ts';
import { openPeriod } from './open-period.ts';
import { metersOf } from './booked-period.ts';
import { subscribedPlans } from './subscribed-plans.ts';
import { tellPeriodClosed } from '../webhooks/tell-billing.ts';
import { payFees } from './pools/pay-fees.ts';
import { writeCharges, writeMeters } from './write-books.ts';

/**
 * Opens the periods of a tenant's subscriptions that have begun, and closes those that are over for
 * longer than the grace. True when there may be more; null when another holds the job.
 */
export function* turnPeriods(
  {
    tenant,
    nowMs,
    fence,
  }: { readonly tenant: TenantId; readonly nowMs: number; readonly fence: Fence },
  { billing }: TransactionMemo,
): Steps<boolean | null> {
  if (!(yield* holdsFence(fence))) return null;
  let hasMore = false;
  for (const plan of yield* subscribedPlans(tenant, billing)) {
    if (yield* turnPlan(tenant, plan, nowMs)) hasMore = true;
  }
  return hasMore;
}

function* turnPlan(tenant: TenantId, plan: SubscribedPlan, nowMs: number): Steps<boolean> {
  const { id, startsAtMs, endsAtMs } = plan.subscription;
  const untilMs = Math.min(nowMs + 1, endsAtMs ?? Number.POSITIVE_INFINITY);
  const last = yield* firstRow<{ readonly endMs: number | null }>(sql`SELECT max(end_ms) AS "endMs"
    FROM billing_period WHERE tenant_id = ${tenant} AND subscription_id = ${id}`);
  const open = yield* firstRow<{ readonly startMs: number | null }>(sql`SELECT
      min(start_ms) AS "startMs" FROM billing_period WHERE tenant_id = ${tenant}
      AND subscription_id = ${id} AND closed_at_ms IS NULL
      AND end_ms <= ${nowMs - limits.billingGraceMs}`);
  let atMs = Math.min(open?.startMs ?? Infinity, last?.endMs ?? startsAtMs);
  for (let count = 0; atMs < untilMs; count++) {
    if (count === limits.billingPeriodsPerLookMax) return true;
    const period = periodOf(plan, atMs);
    const booked = yield* openPeriod(tenant, plan, period, nowMs);
    const isOver = period.endMs + limits.billingGraceMs <= nowMs;
    if (isOver && booked.share === null) yield* closePeriod(tenant, plan, period, nowMs);
    atMs = period.endMs;
  }
  return false;
}

/** Charges what is still due for a period; whatever comes for it later is billed in a later one. */
function* closePeriod(
  tenant: TenantId,
  plan: SubscribedPlan,
  period: Period,
  nowMs: number,
): Steps<null> {
  const { id } = plan.subscription;
  const share = shareOf(plan.subscription, period);
  const meters = yield* metersOf(tenant, id, period.startMs);
  const closed = closingCharges(plan, period, meters, share, nowMs);
  yield* change(sql`UPDATE billing_period SET closed_at_ms = ${nowMs}, share = ${formatExact(share)}
    WHERE tenant_id = ${tenant} AND subscription_id = ${id} AND start_ms = ${period.startMs}`);
  const posted = yield* postedRecurring(tenant, plan, period);
  const recurring = closingRecurring(plan, period, posted, nowMs);
  const due = [...closed.charges, ...recurring];
  yield* writeCharges(tenant, due);
  yield* writeMeters(tenant, closed.meters);
  yield* payFees(tenant, plan, due, nowMs);
  return yield* tellPeriodClosed(tenant, id, period, nowMs);
}

/** What was charged for the period when it opened, by recurring charge. */
function* postedRecurring(
  tenant: TenantId,
  { subscription: { id }, version: { terms } }: SubscribedPlan,
  { startMs }: Period,
): Steps<ReadonlyMap<string, bigint>> {
  if (terms.recurring.length === 0) return new Map();
  const rows = yield* allRows<{ readonly ruleId: string; readonly amount: string }>(sql`SELECT
      rule_id AS "ruleId", CAST(amount_nano AS text) AS amount FROM charge
    WHERE tenant_id = ${tenant} AND gate_key = ${periodGateKey(id, startMs)}
      AND unit = 'recurring' AND seq = 0`);
  return new Map(rows.map(({ ruleId, amount }) => [ruleId, BigInt(amount)]));
}
