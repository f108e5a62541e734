import type { MoneyNano } from '../../kernel/money.ts';
import type { Period } from '../periods/period-at.ts';
import type { DraftCharge } from './book-charges.ts';
import { checkAmount } from './charge-records.ts';
import type { SubscribedPlan } from './subscribed-plan.ts';

/** What an operator charges by hand. */
export interface OneOff {
  /** Charged once for each key of a tenant. */
  readonly key: string;
  readonly title: string;
  readonly amount: MoneyNano;
  readonly nowMs: number;
}

/** A one-off charge, billed in the period that is open. */
export function oneOffCharge(
  { subscription, version }: SubscribedPlan,
  { startMs }: Period,
  { key, amount, nowMs }: OneOff,
): DraftCharge {
  return {
    gateKey: `one-off:${key}`,
    ruleId: `one-off:${key}`,
    seq: 0,
    unit: 'one_off',
    kind: 'one_off',
    usageId: null,
    planVersionId: version.id,
    subscriptionId: subscription.id,
    periodStartMs: startMs,
    servicePeriodStartMs: startMs,
    quantity: '1',
    amount: checkAmount(amount),
    currency: version.terms.currency,
    atMs: nowMs,
  };
}
