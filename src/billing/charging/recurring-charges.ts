import {
  exactOf,
  exactZero,
  multiply,
  parseExact,
  toNano,
  type Exact,
} from '../../kernel/exact.ts';
import type { MoneyNano } from '../../kernel/money.ts';
import { periodShare } from '../periods/proration.ts';
import type { Period } from '../periods/period-at.ts';
import type { RecurringCharge, Subscription } from '../plans/plan.ts';
import type { DraftCharge } from './book-charges.ts';
import { checkAmount } from './charge-records.ts';
import { periodGateKey } from './gate-key.ts';
import type { SubscribedPlan } from './subscribed-plan.ts';
import { isFreePeriod, paidPart } from './paid-part.ts';

/** What begins the rule of a recurring charge: no rule of a price list has a colon in its id. */
const RECURRING = 'recurring:';

/** Under which rule a recurring charge is posted. */
export function recurringRule({ id }: Pick<RecurringCharge, 'id'>): string {
  return `${RECURRING}${id}`;
}

/** What is charged in advance when a period opens, by what is known then of its end. */
export function openingRecurring(
  plan: SubscribedPlan,
  period: Period,
  nowMs: number,
): readonly DraftCharge[] {
  return plan.version.terms.recurring
    .filter(({ due }) => due === 'in_advance')
    .map((recurring) => {
      const amount = recurringAmount(recurring, plan.subscription, period);
      return recurringCharge(plan, period, recurring, { seq: 0, amount, nowMs });
    });
}

/**
 * What is charged when a period closes: everything in arrears, and what the end of the subscription
 * or of its trial has changed since the period opened. `posted` is what was posted then, by rule.
 */
export function closingRecurring(
  plan: SubscribedPlan,
  period: Period,
  posted: ReadonlyMap<string, MoneyNano>,
  nowMs: number,
): readonly DraftCharge[] {
  return plan.version.terms.recurring.flatMap((recurring) => {
    const before = posted.get(recurringRule(recurring)) ?? 0n;
    const amount = recurringAmount(recurring, plan.subscription, period) - before;
    if (recurring.due === 'in_advance' && amount === 0n) return [];
    return [recurringCharge(plan, period, recurring, { seq: 1, amount, nowMs })];
  });
}

/** What a period of a subscription costs by a recurring charge, with what is known of its end. */
export function recurringAmount(
  { amount, quantity, proration }: RecurringCharge,
  subscription: Subscription,
  period: Period,
): MoneyNano {
  const share = recurringShare(proration, subscription, period);
  return toNano(multiply(multiply(parseExact(amount), parseExact(quantity)), share));
}

function recurringShare(
  proration: RecurringCharge['proration'],
  subscription: Subscription,
  period: Period,
): Exact {
  const part = paidPart(subscription, period);
  if (part.startMs === part.endMs) return exactZero;
  if (proration === 'none') return exactOf(1n);
  return periodShare(part, period, proration, subscription.timeZone);
}

function recurringCharge(
  { subscription, version }: SubscribedPlan,
  period: Period,
  recurring: RecurringCharge,
  due: { readonly seq: number; readonly amount: bigint; readonly nowMs: number },
): DraftCharge {
  return {
    gateKey: periodGateKey(subscription.id, period.startMs),
    ruleId: recurringRule(recurring),
    seq: due.seq,
    unit: 'recurring',
    kind: isFreePeriod(subscription, period) && due.amount === 0n ? 'trial' : 'recurring',
    usageId: null,
    planVersionId: version.id,
    subscriptionId: subscription.id,
    periodStartMs: period.startMs,
    servicePeriodStartMs: period.startMs,
    quantity: recurring.quantity,
    amount: checkAmount(due.amount),
    currency: version.terms.currency,
    atMs: due.nowMs,
  };
}
