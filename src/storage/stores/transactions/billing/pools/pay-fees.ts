import type { DraftCharge, SubscribedPlan } from '../../../../../billing/store.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import type { Steps } from '../../../transaction.ts';
import { chargeWallet } from './draw-holds.ts';

/**
 * Pays what a prepaid plan charges without usage from the wallet, as far as nobody holds its
 * credit; the rest is owed, and stays on the invoice.
 */
export function* payFees(
  tenant: TenantId,
  { version: { terms } }: SubscribedPlan,
  charges: readonly DraftCharge[],
  nowMs: number,
): Steps<null> {
  if (terms.payment !== 'prepaid') return null;
  const amount = charges.reduce((sum, charge) => sum + charge.amount, 0n);
  if (amount <= 0n) return null;
  const purpose = charges.flatMap(({ gateKey, ruleId, seq }) => [gateKey, ruleId, String(seq)]);
  const fees = { currency: terms.currency, amount, purpose, isFee: true };
  return yield* chargeWallet(tenant, fees, nowMs);
}
