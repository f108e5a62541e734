import { transferOf, type LedgerTransaction } from '../ledger/ledger-transaction.ts';
import type { Charge } from './charge.ts';

/** A charge that is not in the ledger yet. */
export type DraftCharge = Omit<Charge, 'ledgerTxId'>;

/** Charges, and the transactions that they are the parts of. */
export interface Booking {
  readonly charges: readonly Charge[];
  readonly transactions: readonly LedgerTransaction[];
}

/**
 * Books charges: those of one kind and currency in one transaction, from what the tenant owes to
 * revenue, whose id follows from what is charged.
 */
export function bookCharges(
  drafts: readonly DraftCharge[],
  about: { readonly reverses?: string; readonly reason?: string } = {},
): Booking {
  const groups = Map.groupBy(drafts, ({ kind, currency }) => `${kind} ${currency}`);
  const booked = [...groups.values()].map((group) => {
    const [{ kind, currency, atMs }] = group as [DraftCharge];
    const transaction = transferOf({
      ...about,
      kind,
      currency,
      debit: 'receivable',
      credit: 'revenue',
      amount: group.reduce((sum, { amount }) => sum + amount, 0n),
      atMs,
      purpose: group.flatMap(({ gateKey, ruleId, seq }) => [gateKey, ruleId, String(seq)]),
    });
    const charges = group.map((draft) => ({ ...draft, ledgerTxId: transaction.id }));
    return { transaction, charges };
  });
  return {
    charges: booked.flatMap(({ charges }) => charges),
    transactions: booked.map(({ transaction }) => transaction),
  };
}
