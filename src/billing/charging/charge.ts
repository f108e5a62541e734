import type { MoneyNano } from '../../kernel/money.ts';

/**
 * Why something was charged. `late`: for a period that was closed already, posted in the one that
 * is open. `period_open` and `period_close`: due without usage. `void`: takes a charge back.
 * `trial`: costs nothing, because the subscription is on trial. `recurring`: a charge of every
 * period. `one_off`: charged by hand. `discount`: what a coupon takes off an invoice.
 */
export type ChargeKind =
  | 'usage'
  | 'late'
  | 'period_open'
  | 'period_close'
  | 'void'
  | 'trial'
  | 'recurring'
  | 'one_off'
  | 'discount';

/** What lets a purchase pass once; `seq` is 0, and -1 for what takes it back. */
export interface ChargeKey {
  readonly gateKey: string;
  readonly ruleId: string;
  readonly seq: number;
}

/** One posting for one rule. */
export interface Charge extends ChargeKey {
  readonly unit: string;
  readonly kind: ChargeKind;
  /** The usage record it is for; null for what a period costs without any. */
  readonly usageId: string | null;
  readonly planVersionId: string;
  readonly subscriptionId: string;
  /** The period it is billed in, and the one whose meter it moved; epoch milliseconds. */
  readonly periodStartMs: number;
  readonly servicePeriodStartMs: number;
  /** Exact, as text. */
  readonly quantity: string;
  readonly amount: MoneyNano;
  /** ISO 4217. */
  readonly currency: string;
  readonly ledgerTxId: string;
  readonly atMs: number;
}
