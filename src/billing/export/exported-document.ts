import { createHash } from 'node:crypto';
import { currencyDigits } from '../../kernel/currency.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { Invoice } from '../invoices/store.ts';

/** A line as a vendor takes it. */
export interface ExportedLine {
  readonly title: string;
  /** In the vendor's smallest units. */
  readonly units: bigint;
}

/** An invoice as a vendor takes it: its lines sum to its total. */
export interface ExportedDocument {
  /** What it is known by outside: it follows from tenant and invoice. */
  readonly id: string;
  readonly number: string;
  readonly currency: string;
  readonly finalAtMs: number;
  /** From final to due, in whole days. */
  readonly dueDays: number;
  readonly lines: readonly ExportedLine[];
  readonly total: bigint;
}

const DAY_MS = 86_400_000;
const HEX_DIGITS = 40;

/**
 * An invoice as a vendor takes it, or why it cannot be taken there. `digitsOf`: decimals of the
 * vendor's smallest unit, which is not that of ISO 4217 for each currency. What is behind
 * `linesMax` lines is one line more.
 */
export function exportedDocument(
  tenant: TenantId,
  { id, number, currency, finalAtMs, dueAtMs, document }: Invoice,
  digitsOf: (currency: string) => number,
  linesMax: number,
): ExportedDocument | string {
  const digits = digitsOf(currency);
  const { total } = document.totals;
  const inUnits = (printed: string) => unitsOf(printed, currencyDigits(currency), digits);
  const lines: ExportedLine[] = [];
  for (const { title, ruleId, kind, printed } of document.lines) {
    const units = inUnits(printed);
    if (units === undefined) return `${printed} ${currency} is no whole number of its units there.`;
    if (units !== 0n) lines.push({ title: title || ruleId || kind, units });
  }
  const sum = sumOf(lines);
  const wanted = inUnits(total);
  if (wanted !== sum) return `Its lines do not sum to its total of ${total} ${currency}.`;
  if (sum < 0n) return 'The customer is owed something: give it back there by hand.';
  const folded = lines.slice(linesMax - 1);
  const kept = lines.length <= linesMax ? lines : lines.slice(0, linesMax - 1);
  if (kept !== lines) {
    kept.push({ title: `${folded.length} more lines`, units: sumOf(folded) });
  }
  const madeMs = finalAtMs ?? 0;
  const dueDays = Math.max(0, Math.round(((dueAtMs ?? madeMs) - madeMs) / DAY_MS));
  const known = { id: exportedInvoiceId(tenant, id), number: number ?? '', currency };
  return { ...known, finalAtMs: madeMs, dueDays, lines: kept, total: sum };
}

/** The id under which an invoice is known outside. */
export function exportedInvoiceId(tenant: TenantId, invoiceId: string): string {
  const text = JSON.stringify([tenant, invoiceId]);
  return `mgi_${createHash('sha256').update(text).digest('hex').slice(0, HEX_DIGITS)}`;
}

function sumOf(lines: readonly ExportedLine[]): bigint {
  return lines.reduce((sum, { units }) => sum + units, 0n);
}

/** A printed amount in units of another size; undefined when it is between two of them. */
function unitsOf(printed: string, from: number, to: number): bigint | undefined {
  const units = BigInt(printed.replace('.', ''));
  if (to >= from) return units * 10n ** BigInt(to - from);
  const size = 10n ** BigInt(from - to);
  return units % size === 0n ? units / size : undefined;
}
