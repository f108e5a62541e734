import type { MoneyNano } from '../../kernel/money.ts';

/** A draft can still change; what is final cannot, and becomes void at most. */
export type InvoiceStatus = 'draft' | 'final' | 'void';

/**
 * What a line is for. `late` and `correction` are of a period that was billed before; `trial` costs
 * nothing because the subscription is on trial.
 */
export type InvoiceLineKind =
  | 'recurring'
  | 'usage'
  | 'trial'
  | 'late'
  | 'correction'
  | 'one_off'
  | 'discount'
  | 'credit'
  | 'tax'
  | 'rounding';

/** One line of an invoice. Amounts are texts. */
export interface InvoiceLine {
  readonly kind: InvoiceLineKind;
  /** The rule, recurring charge, one-off charge or coupon it is for; the name of a tax. */
  readonly ruleId: string;
  readonly title: string;
  readonly unit: string;
  /** Exact; null where it says nothing. */
  readonly quantity: string | null;
  /** Charges in it. */
  readonly count: number;
  /** When it was used; null for what is about the whole invoice. */
  readonly servicePeriodStartMs: number | null;
  readonly servicePeriodEndMs: number | null;
  /** To the billionth, as it was posted. */
  readonly amount: string;
  /** In the currency's smallest unit; the printed lines sum to the total. */
  readonly printed: string;
}

/** Who sends an invoice, or who gets it. */
export interface InvoiceParty {
  readonly name: string;
  /** Lines of an address. */
  readonly address: string;
  readonly taxId: string;
  readonly email: string;
}

/** A tax that is added to invoices. */
export interface TaxRate {
  readonly name: string;
  /** A decimal as text, such as 7.7. */
  readonly percent: string;
}

/** What of a plan holds for an invoice, as it was then. */
export interface PlanSnapshot {
  readonly planId: string;
  readonly name: string;
  readonly versionId: string;
  readonly number: number;
  /** The terms of the rules and recurring charges that are on the invoice, as JSON. */
  readonly terms: unknown;
}

/** Sums of printed lines; together they are the total. */
export interface InvoiceTotals {
  readonly subtotal: string;
  readonly discount: string;
  readonly credit: string;
  readonly tax: string;
  readonly rounding: string;
  readonly total: string;
}

/** What an invoice says. */
export interface InvoiceDocument {
  readonly seller: InvoiceParty;
  readonly customer: InvoiceParty;
  readonly plan: PlanSnapshot;
  /** Of the dates on it. */
  readonly timeZone: string;
  readonly lines: readonly InvoiceLine[];
  readonly totals: InvoiceTotals;
}

/** An invoice without what it says, as lists show it. */
export interface InvoiceHead {
  readonly tenant: string;
  readonly id: string;
  readonly status: InvoiceStatus;
  /** Null for a draft. */
  readonly number: string | null;
  readonly subscriptionId: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly periodStartMs: number;
  readonly periodEndMs: number;
  readonly madeAtMs: number;
  readonly finalAtMs: number | null;
  readonly dueAtMs: number | null;
  readonly voidAtMs: number | null;
  readonly voidReason: string | null;
  /** What was posted for its charges, discounts among them. */
  readonly charges: MoneyNano;
  /** What prepaid credit has paid of them. */
  readonly credit: MoneyNano;
  readonly tax: MoneyNano;
  /** What is to be paid; below 0 it is owed to the customer. */
  readonly total: MoneyNano;
}

/** An invoice. */
export interface Invoice extends InvoiceHead {
  readonly document: InvoiceDocument;
}

/** Which charges an invoice has: those of a part of a period. */
export interface InvoicePart {
  readonly subscriptionId: string;
  readonly periodStartMs: number;
  readonly part: 'advance' | 'arrears';
  readonly invoiceId: string | null;
}
