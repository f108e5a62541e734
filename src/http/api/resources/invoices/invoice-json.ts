import { z } from '@hono/zod-openapi';
import type { CreditNote, Invoice, InvoiceHead } from '../../../../billing/invoices/store.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import { pathId } from '../../grants/identity-fields.ts';

const money = z.string().describe('A decimal as text.');
const moment = z.int().nullable();

const party = z.strictObject({
  name: z.string(),
  address: z.string(),
  taxId: z.string(),
  email: z.string(),
});

const lineSchema = z
  .strictObject({
    kind: z
      .string()
      .describe(
        'recurring, usage, trial, late, correction, one_off, discount, credit, tax or rounding.',
      ),
    ruleId: z.string().describe('What it is for.'),
    title: z.string(),
    unit: z.string(),
    quantity: z.string().nullable().describe('An exact number as text.'),
    charges: z.int().describe('Charges in it.'),
    servicePeriodStartMs: moment.describe('When it was used.'),
    servicePeriodEndMs: moment,
    amount: money.describe('To the billionth, as it was posted.'),
    printed: money.describe('In smallest units; the printed lines sum to the total.'),
  })
  .openapi('InvoiceLine');

const headShape = {
  tenant: z.string(),
  id: z.string(),
  status: z.enum(['draft', 'final', 'void']),
  number: z.string().nullable().describe('Null until it is final.'),
  subscriptionId: z.string(),
  currency: z.string(),
  periodStartMs: z.int(),
  periodEndMs: z.int(),
  madeAtMs: z.int(),
  finalAtMs: moment,
  dueAtMs: moment,
  voidAtMs: moment,
  voidReason: z.string().nullable(),
  charges: money.describe('What was posted for its charges, discounts among them.'),
  credit: money.describe('What prepaid credit has paid of them.'),
  tax: money,
  total: money.describe('What is to be paid; below 0 it is owed to the customer.'),
};

/** An invoice as lists show it. */
export const invoiceHeadSchema = z.strictObject(headShape).openapi('InvoiceHead');

const noteShape = {
  id: z.string(),
  invoice: z.string(),
  key: z.string(),
  number: z.string(),
  currency: z.string(),
  net: money,
  tax: money,
  total: money,
  reason: z.string(),
  atMs: z.int(),
};

/** What was given back of an invoice. */
export const creditNoteSchema = z.strictObject(noteShape).openapi('CreditNote');

/** An invoice with all that it says. */
export const invoiceSchema = z
  .strictObject({
    ...headShape,
    seller: party,
    customer: party,
    plan: z.strictObject({
      planId: z.string(),
      name: z.string(),
      versionId: z.string(),
      number: z.int(),
      terms: z.unknown().describe('The terms of what is on it, as they were.'),
    }),
    timeZone: z.string(),
    lines: z.array(lineSchema),
    totals: z
      .strictObject({
        subtotal: money,
        discount: money,
        credit: money,
        tax: money,
        rounding: money,
        total: money,
      })
      .describe('Sums of printed lines.'),
    creditNotes: z.array(creditNoteSchema),
  })
  .openapi('Invoice');

/** A page of invoices. */
export const invoicesSchema = z
  .strictObject({
    invoices: z.array(invoiceHeadSchema),
    nextCursor: z.string().nullable().describe('Goes into `cursor` for the next page.'),
  })
  .openapi('Invoices');

/** The invoice of a path, of a tenant. */
export const accountInvoiceParams = z.strictObject({ tenant: pathId, invoice: pathId });

/** An invoice as lists show it. */
export function headJson(head: InvoiceHead): z.output<typeof invoiceHeadSchema> {
  const { charges, credit, tax, total, ...rest } = head;
  return {
    ...rest,
    charges: formatMoney(charges),
    credit: formatMoney(credit),
    tax: formatMoney(tax),
    total: formatMoney(total),
  };
}

/** An invoice as the API shows it. */
export function invoiceJson(
  { document, ...head }: Invoice,
  notes: readonly CreditNote[],
): z.output<typeof invoiceSchema> {
  const { lines, seller, customer, plan, timeZone, totals } = document;
  return {
    ...headJson(head),
    seller,
    customer,
    plan,
    timeZone,
    lines: lines.map(({ count, ...line }) => ({ ...line, charges: count })),
    totals,
    creditNotes: notes.map(noteJson),
  };
}

/** What was given back, as the API shows it. */
export function noteJson(note: CreditNote): z.output<typeof creditNoteSchema> {
  const { invoiceId, net, tax, total, ...rest } = note;
  const sums = { net: formatMoney(net), tax: formatMoney(tax), total: formatMoney(total) };
  return { ...rest, invoice: invoiceId, ...sums };
}
