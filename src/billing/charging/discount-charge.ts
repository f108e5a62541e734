import type { MoneyNano } from '../../kernel/money.ts';
import type { DraftCharge } from './book-charges.ts';
import { checkAmount } from './charge-records.ts';
import type { SubscribedPlan } from './subscribed-plan.ts';

/** What a coupon takes off an invoice. */
export interface Discount {
  readonly invoiceId: string;
  readonly couponId: string;
  /** Above 0. */
  readonly amount: MoneyNano;
  readonly periodStartMs: number;
  readonly nowMs: number;
}

/** The charge, below 0, by which a coupon takes something off an invoice; once for each. */
export function discountCharge(
  { subscription, version }: SubscribedPlan,
  { invoiceId, couponId, amount, periodStartMs, nowMs }: Discount,
): DraftCharge {
  return {
    gateKey: `invoice:${invoiceId}`,
    ruleId: `coupon:${couponId}`,
    seq: 0,
    unit: 'discount',
    kind: 'discount',
    usageId: null,
    planVersionId: version.id,
    subscriptionId: subscription.id,
    periodStartMs,
    servicePeriodStartMs: periodStartMs,
    quantity: '1',
    amount: checkAmount(-amount),
    currency: version.terms.currency,
    atMs: nowMs,
  };
}
