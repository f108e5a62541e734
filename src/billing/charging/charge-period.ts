import { exactZero, formatExact, type Exact } from '../../kernel/exact.ts';
import type { Period } from '../periods/period-at.ts';
import type { BillingRule } from '../plans/plan.ts';
import { openState } from '../rating/advance.ts';
import type { DraftCharge } from './book-charges.ts';
import { checkAmount } from './charge-records.ts';
import { periodGateKey } from './gate-key.ts';
import { dueAmount, meterMark, type Meter } from './meter.ts';
import type { SubscribedPlan } from './subscribed-plan.ts';
import { isFreePeriod } from './paid-part.ts';

/** What opening or closing a period came to. */
export interface ChargedPeriod {
  readonly charges: readonly DraftCharge[];
  readonly meters: readonly Meter[];
}

/** What is due when a period opens, before there is any usage. */
export function openingCharges(plan: SubscribedPlan, period: Period, nowMs: number): ChargedPeriod {
  const { subscription, version } = plan;
  if (isFreePeriod(subscription, period)) return { charges: [], meters: [] };
  const meters = version.opening.map(({ rule, state, amount }) => {
    const key = { subscriptionId: subscription.id, ruleId: rule.id };
    return { ...key, periodStartMs: period.startMs, state, posted: amount };
  });
  const charges = version.opening.map(({ rule, amount }) =>
    periodCharge(plan, period, rule, { kind: 'period_open', seq: 0, amount, nowMs }),
  );
  return { charges, meters };
}

/**
 * What is due when a period closes: the rest of the minimum of each rule, for the `share` of a
 * whole period that it lasted. `meters` are those of the period, by their marks.
 */
export function closingCharges(
  plan: SubscribedPlan,
  period: Period,
  meters: ReadonlyMap<string, Meter>,
  share: Exact,
  nowMs: number,
): ChargedPeriod {
  const { id: subscriptionId } = plan.subscription;
  if (isFreePeriod(plan.subscription, period)) return { charges: [], meters: [] };
  const used = [...meters.values()].flatMap(({ ruleId }) => plan.version.rules.get(ruleId) ?? []);
  const closed = [...new Set([...used, ...plan.version.closing])].flatMap((rule) => {
    const key = { subscriptionId, ruleId: rule.id, periodStartMs: period.startMs };
    const before = meters.get(meterMark(key)) ?? { state: openState(rule.price), posted: 0n };
    const posted = dueAmount(rule, before.state, share);
    const amount = posted - before.posted;
    if (amount === 0n) return [];
    const charge = periodCharge(plan, period, rule, {
      kind: 'period_close',
      seq: 1,
      amount,
      nowMs,
    });
    return [{ charge, meter: { ...key, state: before.state, posted } }];
  });
  return { charges: closed.map(({ charge }) => charge), meters: closed.map(({ meter }) => meter) };
}

function periodCharge(
  { subscription, version }: SubscribedPlan,
  { startMs }: Period,
  rule: BillingRule,
  due: {
    readonly kind: 'period_open' | 'period_close';
    readonly seq: number;
    readonly amount: bigint;
    readonly nowMs: number;
  },
): DraftCharge {
  return {
    gateKey: periodGateKey(subscription.id, startMs),
    ruleId: rule.id,
    seq: due.seq,
    unit: rule.unit,
    kind: due.kind,
    usageId: null,
    planVersionId: version.id,
    subscriptionId: subscription.id,
    periodStartMs: startMs,
    servicePeriodStartMs: startMs,
    quantity: formatExact(exactZero),
    amount: checkAmount(due.amount),
    currency: version.terms.currency,
    atMs: due.nowMs,
  };
}
