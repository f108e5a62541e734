import type {
  Coupon,
  CreditNote,
  Invoice,
  InvoiceDocument,
  InvoiceHead,
  StoredOneOff,
} from '../../../billing/invoices/store.ts';
import type { InvoiceTables } from '../tables/plan-tables.ts';

/** A coupon as its columns hold it. */
export type CouponRow = InvoiceTables['coupon'];

/** A charge made by hand as both engines return it: money as text. */
export type OneOffRow = Omit<StoredOneOff, 'amount'> & { readonly amount: string };

type HeadMoney = 'charges' | 'credit' | 'tax' | 'total';

/** An invoice without its document as both engines return it. */
export type InvoiceHeadRow = Omit<InvoiceHead, HeadMoney> & {
  readonly [Name in HeadMoney]: string;
};

/** An invoice as both engines return it. */
export type InvoiceRow = InvoiceHeadRow & { readonly document: string };

type NoteMoney = 'net' | 'tax' | 'total';

/** A credit note as both engines return it. */
export type CreditNoteRow = Omit<CreditNote, NoteMoney> & { readonly [Name in NoteMoney]: string };

/** Reads a coupon. */
export function toCoupon(row: CouponRow): Coupon {
  const { id, name, percent, amount, currency, invoices, rules } = row;
  return {
    id,
    name,
    percent,
    amount,
    currency,
    count: invoices,
    rules: rules === null ? null : (JSON.parse(rules) as string[]),
    createdAtMs: row.created_at_ms,
  };
}

/** Reads a charge made by hand. */
export function toOneOff(row: OneOffRow): StoredOneOff {
  return { ...row, amount: BigInt(row.amount) };
}

/** Reads an invoice without its document. */
export function toInvoiceHead(row: InvoiceHeadRow): InvoiceHead {
  const { charges, credit, tax, total } = row;
  return {
    ...row,
    charges: BigInt(charges),
    credit: BigInt(credit),
    tax: BigInt(tax),
    total: BigInt(total),
  };
}

/** Reads an invoice. */
export function toInvoice({ document, ...row }: InvoiceRow): Invoice {
  return { ...toInvoiceHead(row), document: JSON.parse(document) as InvoiceDocument };
}

/** Reads a credit note. */
export function toCreditNote(row: CreditNoteRow): CreditNote {
  const { net, tax, total } = row;
  return { ...row, net: BigInt(net), tax: BigInt(tax), total: BigInt(total) };
}
