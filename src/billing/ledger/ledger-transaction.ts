import type { MoneyNano } from '../../kernel/money.ts';
import { transactionId } from './transaction-id.ts';

/** What an account holds. A receivable is what the tenant owes; revenue is its counterpart. */
export type LedgerAccountKind =
  | 'receivable'
  | 'revenue'
  | 'wallet'
  | 'held'
  | 'promo'
  | 'breakage'
  | 'cash'
  | 'adjustment'
  | 'tax';

/** One side of a transaction; debits are above 0, credits below. */
export interface LedgerEntry {
  readonly accountId: string;
  readonly amount: MoneyNano;
}

/** Amounts moved between accounts of one tenant and currency; its entries sum to zero. */
export interface LedgerTransaction {
  readonly id: string;
  readonly kind: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly atMs: number;
  /** The transaction that this one puts right. */
  readonly reverses: string | null;
  readonly reason: string | null;
  readonly entries: readonly LedgerEntry[];
}

/** A transfer to be booked. */
export interface Transfer {
  readonly kind: string;
  readonly currency: string;
  /** What grows by `amount`, and what shrinks by it; an amount below 0 goes the other way. */
  readonly debit: LedgerAccountKind;
  readonly credit: LedgerAccountKind;
  readonly amount: MoneyNano;
  readonly atMs: number;
  /** What it is for, in texts that only this transfer has: its id follows from them. */
  readonly purpose: readonly string[];
  readonly reverses?: string;
  readonly reason?: string;
}

/** The id of a tenant's only account of a kind in a currency. */
export function accountId(kind: LedgerAccountKind, currency: string): string {
  return `${kind}:${currency}`;
}

/** Writes a transfer as a transaction of two entries. */
export function transferOf(transfer: Transfer): LedgerTransaction {
  const { kind, currency, debit, credit, amount, atMs, purpose } = transfer;
  const { reverses = null, reason = null } = transfer;
  return {
    id: transactionId(kind, currency, purpose),
    kind,
    currency,
    atMs,
    reverses,
    reason,
    entries: [
      { accountId: accountId(debit, currency), amount },
      { accountId: accountId(credit, currency), amount: -amount },
    ],
  };
}

/** Throws RangeError unless there are two entries or more, of different accounts, summing to 0. */
export function checkBalanced({ id, entries }: LedgerTransaction): void {
  const sum = entries.reduce((total, { amount }) => total + amount, 0n);
  const accounts = new Set(entries.map((entry) => entry.accountId));
  if (entries.length < 2 || accounts.size !== entries.length || sum !== 0n) {
    throw new RangeError(`The entries of ${id} do not balance`);
  }
}
