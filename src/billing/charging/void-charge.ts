import { parseExact, type Exact } from '../../kernel/exact.ts';
import type { BillingRule } from '../plans/plan.ts';
import { retract } from '../rating/advance.ts';
import type { DraftCharge } from './book-charges.ts';
import type { Charge } from './charge.ts';
import { checkAmount } from './charge-records.ts';
import { dueAmount, type Meter } from './meter.ts';

/** What taking a charge back comes to. */
export interface VoidedCharge {
  readonly charge: DraftCharge;
  readonly meter: Meter;
}

/**
 * Takes a charge back: what the counter costs without its quantity, minus what it costs with it,
 * so that the postings of the period still sum to what is left. `share` is that of the period that
 * the charge was for, if it is closed; then it is billed in the one that begins at `openStartMs`.
 */
export function voidedCharge(
  charge: Charge,
  rule: BillingRule,
  meter: Meter,
  where: { readonly share: Exact | null; readonly openStartMs: number; readonly nowMs: number },
): VoidedCharge {
  const { ledgerTxId: _, ...rest } = charge;
  const { share, openStartMs, nowMs } = where;
  const state = retract(rule.price, meter.state, { quantity: parseExact(charge.quantity) });
  const posted = dueAmount(rule, state, share);
  return {
    charge: {
      ...rest,
      seq: -1,
      kind: 'void',
      periodStartMs: share === null ? charge.servicePeriodStartMs : openStartMs,
      amount: checkAmount(posted - meter.posted),
      atMs: nowMs,
    },
    meter: { ...meter, state, posted },
  };
}
