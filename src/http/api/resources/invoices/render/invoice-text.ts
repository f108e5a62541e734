import { printAmount } from '../../../../../kernel/currency.ts';
import { fromNano } from '../../../../../kernel/exact.ts';
import type { Invoice, InvoiceLine } from '../../../../../billing/invoices/store.ts';

/** One row of the table of an invoice, as people read it. */
export interface PrintedRow {
  readonly title: string;
  /** When it was used, and what else is to be said of it; empty for nothing. */
  readonly note: string;
  readonly quantity: string;
  readonly amount: string;
}

/** A sum below the table. */
export interface PrintedSum {
  readonly label: string;
  readonly amount: string;
  readonly isTotal: boolean;
}

/** An invoice in words, for whatever it is printed on. */
export interface PrintedInvoice {
  readonly heading: string;
  /** A draft and what is void must not pass for an invoice. */
  readonly mark: string | undefined;
  /** Names and values at the top. */
  readonly facts: readonly (readonly [string, string])[];
  readonly rows: readonly PrintedRow[];
  readonly sums: readonly PrintedSum[];
  readonly closing: readonly string[];
}

const MINUS = '\u2212';
const sumKinds: readonly InvoiceLine['kind'][] = ['discount', 'credit', 'tax', 'rounding'];

/** Writes an invoice in words. */
export function printInvoice(invoice: Invoice): PrintedInvoice {
  const { document, currency, number, status } = invoice;
  const { timeZone, plan } = document;
  const day = (ms: number | null): string => (ms === null ? '' : dayOf(ms, timeZone));
  const last = invoice.periodEndMs - 1;
  return {
    heading: number === null ? 'Invoice' : `Invoice ${number}`,
    mark: markOf(invoice),
    facts: [
      ['Date', day(invoice.finalAtMs ?? invoice.madeAtMs)],
      ...(invoice.dueAtMs === null ? [] : [['Due', day(invoice.dueAtMs)] as const]),
      ['Period', `${day(invoice.periodStartMs)} to ${day(last)}`],
      ['Plan', `${plan.name}, version ${plan.number}`],
      ['Currency', currency],
    ],
    rows: document.lines
      .filter(({ kind }) => !sumKinds.includes(kind))
      .map((line) => rowOf(line, timeZone)),
    sums: sumsOf(invoice),
    closing: closingOf(status, invoice),
  };
}

/** An amount of billionths as it is printed, with its currency. */
export function printedMoney(amount: bigint, currency: string): string {
  return `${grouped(printAmount(fromNano(amount), currency, 'half_even'))} ${currency}`;
}

function markOf({ status, voidReason }: Invoice): string | undefined {
  if (status === 'draft') return 'Draft: this is no invoice yet and may still change.';
  return status === 'void' ? `Void: ${voidReason ?? ''}` : undefined;
}

function rowOf(line: InvoiceLine, timeZone: string): PrintedRow {
  const { kind, title, quantity, printed, unit } = line;
  const reason: Partial<Record<InvoiceLine['kind'], string>> = {
    trial: 'free while on trial',
    late: 'used in a period that was billed before',
    correction: 'correction of a period that was billed before',
  };
  const span = spanOf(line, timeZone);
  return {
    title,
    note: [span, reason[kind]].filter((text) => text !== undefined && text !== '').join(', '),
    quantity: quantity === null ? '' : `${grouped(shorten(quantity))}${unitName(unit)}`,
    amount: grouped(printed),
  };
}

function sumsOf({ document: { lines, totals }, currency }: Invoice): readonly PrintedSum[] {
  const kinds = lines.filter(({ kind }) => sumKinds.includes(kind));
  const extra = kinds.map(({ kind, title, printed }) => {
    const label = kind === 'discount' ? `Discount: ${title}` : title;
    return { label, amount: grouped(printed), isTotal: false };
  });
  const total = { label: `Total ${currency}`, amount: grouped(totals.total), isTotal: true };
  if (extra.length === 0) return [total];
  return [{ label: 'Subtotal', amount: grouped(totals.subtotal), isTotal: false }, ...extra, total];
}

function closingOf(status: Invoice['status'], { document, dueAtMs, total }: Invoice): string[] {
  const { seller, timeZone } = document;
  const zone = `Dates are those of the time zone ${timeZone}.`;
  if (status !== 'final' || dueAtMs === null) return [zone];
  const ask = seller.email === '' ? '' : ` Questions: ${seller.email}.`;
  if (total <= 0n) return [`Nothing is to be paid.${ask}`, zone];
  return [`Please pay until ${dayOf(dueAtMs, timeZone)}.${ask}`, zone];
}

function spanOf({ servicePeriodStartMs, servicePeriodEndMs }: InvoiceLine, timeZone: string) {
  if (servicePeriodStartMs === null || servicePeriodEndMs === null) return undefined;
  const [from, to] = [servicePeriodStartMs, servicePeriodEndMs - 1];
  return `${dayOf(from, timeZone)} to ${dayOf(Math.max(from, to), timeZone)}`;
}

function dayOf(ms: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  }).format(ms);
}

/** Thousands apart, and a sign that is as wide as a digit. */
function grouped(text: string): string {
  const [, sign = '', whole = text, rest = ''] = /^(-?)(\d+)(.*)$/.exec(text) ?? [];
  return `${sign === '-' ? MINUS : ''}${whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')}${rest}`;
}

/** A fraction that never ends is shown in short; the exports have all of it. */
function shorten(quantity: string): string {
  const [top, over] = quantity.split('/');
  if (top === undefined || over === undefined) return quantity;
  const thousandths = (BigInt(top) * 1_000n) / BigInt(over);
  return `${thousandths / 1_000n}.${String(thousandths % 1_000n).padStart(3, '0')}\u2026`;
}

function unitName(unit: string): string {
  const names: Readonly<Record<string, string>> = {
    call: ' calls',
    success: ' calls',
    millisecond: ' ms',
    byte_in: ' B',
    byte_out: ' B',
    event: ' events',
    stream_minute: ' min',
    reported_price: '',
    recurring: '',
  };
  return names[unit] ?? ` ${unit.replace(/^(token|custom):/, '')}`;
}
