import { currencyDigits, printMinorUnits } from '../../kernel/currency.ts';
import { fraction, fromNano, parseExact, toNano } from '../../kernel/exact.ts';
import type { MoneyNano } from '../../kernel/money.ts';
import { nanoText, type OpenLine } from './charge-lines.ts';
import { taxOf } from './discount-lines.ts';
import type {
  InvoiceDocument,
  InvoiceLine,
  InvoiceLineKind,
  InvoiceParty,
  PlanSnapshot,
  TaxRate,
} from './invoice.ts';
import { roundLines, type RoundingPolicy } from './round-lines.ts';

/** What an invoice is put together from. */
export interface InvoiceParts {
  readonly currency: string;
  readonly rounding: RoundingPolicy;
  /** Charges and discounts. */
  readonly lines: readonly OpenLine[];
  /** What prepaid credit has paid of them. */
  readonly credit: MoneyNano;
  readonly taxRates: readonly TaxRate[];
  readonly seller: InvoiceParty;
  readonly customer: InvoiceParty;
  readonly plan: PlanSnapshot;
  readonly timeZone: string;
}

/** An invoice with its sums in billionths; the total is a whole number of smallest units. */
export interface AssembledInvoice {
  readonly document: InvoiceDocument;
  readonly charges: MoneyNano;
  readonly credit: MoneyNano;
  readonly tax: MoneyNano;
  readonly total: MoneyNano;
}

/**
 * Puts an invoice together in the order in which it is reckoned: charges, discounts, what credit
 * has paid, taxes on what is left, and a rounding line when the printed lines miss the total.
 */
export function assembleDocument(parts: InvoiceParts): AssembledInvoice {
  const { currency, lines, credit, taxRates } = parts;
  const decimals = currencyDigits(currency);
  const charges = lines.reduce((sum, { amount }) => sum + amount, 0n);
  const taxes = taxRates.map(({ name, percent }): OpenLine => {
    const line = extraLine('tax', name, `${name} ${percent} %`, taxOf(charges - credit, percent));
    return { ...line, unit: 'percent', quantity: percent };
  });
  const credits = credit === 0n ? [] : [extraLine('credit', '', 'Paid from credit', -credit)];
  const all = [...lines, ...credits, ...taxes];
  const amounts = all.map(({ amount }) => fromNano(amount));
  const rounded = roundLines(amounts, decimals, parts.rounding);
  const printed = all.map((line, index) =>
    printLine(line, printMinorUnits(rounded.lines[index] ?? 0n, decimals)),
  );
  const missed = fraction(rounded.roundingLine, 10n ** BigInt(decimals));
  const rounding = extraLine('rounding', '', 'Rounding', toNano(missed));
  const printedLines =
    rounded.roundingLine === 0n
      ? printed
      : [...printed, printLine(rounding, printMinorUnits(rounded.roundingLine, decimals))];
  const { seller, customer, plan, timeZone } = parts;
  return {
    document: {
      seller,
      customer,
      plan,
      timeZone,
      lines: printedLines,
      totals: totalsOf(printedLines, decimals, rounded.total),
    },
    charges,
    credit,
    tax: taxes.reduce((sum, { amount }) => sum + amount, 0n),
    total: toNano(fraction(rounded.total, 10n ** BigInt(decimals))),
  };
}

/** The charges and discounts of an invoice that was put together, to do so again. */
export function openLinesOf({ lines }: Pick<InvoiceDocument, 'lines'>): readonly OpenLine[] {
  const added: readonly InvoiceLineKind[] = ['credit', 'tax', 'rounding'];
  return lines
    .filter(({ kind }) => !added.includes(kind))
    .map((line) => {
      const { printed: _, amount, ...kept } = line;
      return { ...kept, amount: toNano(parseExact(amount)) };
    });
}

function totalsOf(lines: readonly InvoiceLine[], decimals: number, total: bigint) {
  const sumOf = (isMeant: (kind: InvoiceLineKind) => boolean): string => {
    const units = lines
      .filter(({ kind }) => isMeant(kind))
      .reduce((sum, { printed }) => sum + BigInt(printed.replace('.', '')), 0n);
    return printMinorUnits(units, decimals);
  };
  const reductions: readonly InvoiceLineKind[] = ['discount', 'credit', 'tax', 'rounding'];
  return {
    subtotal: sumOf((kind) => !reductions.includes(kind)),
    discount: sumOf((kind) => kind === 'discount'),
    credit: sumOf((kind) => kind === 'credit'),
    tax: sumOf((kind) => kind === 'tax'),
    rounding: sumOf((kind) => kind === 'rounding'),
    total: printMinorUnits(total, decimals),
  };
}

function extraLine(
  kind: InvoiceLineKind,
  ruleId: string,
  title: string,
  amount: MoneyNano,
): OpenLine {
  const times = { servicePeriodStartMs: null, servicePeriodEndMs: null };
  return { kind, ruleId, title, unit: kind, quantity: null, count: 0, ...times, amount };
}

function printLine({ amount, ...line }: OpenLine, printed: string): InvoiceLine {
  return { ...line, amount: nanoText(amount), printed };
}
