import { divide, fromNano, multiply, toNano } from '../../kernel/exact.ts';
import type { MoneyNano } from '../../kernel/money.ts';
import {
  accountId,
  type LedgerAccountKind,
  type LedgerEntry,
  type LedgerTransaction,
} from '../ledger/ledger-transaction.ts';
import { transactionId } from '../ledger/transaction-id.ts';
import type { InvoiceHead } from './invoice.ts';

/** What of an invoice was given back, or is. */
export interface GivenBack {
  readonly total: MoneyNano;
  /** The part of it that is tax. */
  readonly tax: MoneyNano;
}

/** What says which transaction it is, and when it is made. */
export interface PostingOf {
  readonly purpose: readonly string[];
  readonly reason: string | null;
  readonly nowMs: number;
}

/**
 * What making an invoice final posts beside its charges: taxes, and what rounding adds or takes
 * away, so that what is owed for it is what is printed. Undefined when there is nothing of that.
 */
export function finalPosting(
  invoice: Pick<InvoiceHead, 'currency' | 'charges' | 'credit' | 'tax' | 'total'>,
  posting: PostingOf,
): LedgerTransaction | undefined {
  const { charges, credit, tax, total } = invoice;
  const rounding = total - (charges - credit + tax);
  return transactionOf('invoice', invoice.currency, posting, [
    ['receivable', tax + rounding],
    ['tax', -tax],
    ['adjustment', -rounding],
  ]);
}

/** What of an invoice is not given back yet. A draft has posted nothing but its charges. */
export function restOf(
  { status, charges, credit, tax, total }: InvoiceHead,
  given: readonly GivenBack[],
): GivenBack {
  if (status === 'draft') return { total: charges, tax: 0n };
  return {
    total: given.reduce((rest, one) => rest - one.total, total + credit),
    tax: given.reduce((rest, one) => rest - one.tax, tax),
  };
}

/** The part of a note that is tax: its share of the rest, all of it when nothing is left. */
export function taxOfNote(amount: MoneyNano, rest: GivenBack): MoneyNano {
  if (amount === rest.total) return rest.tax;
  return toNano(multiply(fromNano(rest.tax), divide(fromNano(amount), fromNano(rest.total))));
}

/** What giving back posts: the customer owes less, and less was earned and is due as tax. */
export function givingBack(
  kind: 'credit_note' | 'invoice_void',
  currency: string,
  { total, tax }: GivenBack,
  posting: PostingOf,
): LedgerTransaction | undefined {
  return transactionOf(kind, currency, posting, [
    ['receivable', -total],
    ['tax', tax],
    ['adjustment', total - tax],
  ]);
}

function transactionOf(
  kind: string,
  currency: string,
  { purpose, reason, nowMs }: PostingOf,
  sides: readonly (readonly [LedgerAccountKind, MoneyNano])[],
): LedgerTransaction | undefined {
  const entries: readonly LedgerEntry[] = sides
    .filter(([, amount]) => amount !== 0n)
    .map(([account, amount]) => ({ accountId: accountId(account, currency), amount }));
  if (entries.length === 0) return undefined;
  const id = transactionId(kind, currency, purpose);
  return { id, kind, currency, atMs: nowMs, reverses: null, reason, entries };
}
