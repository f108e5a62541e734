import type { Invoice, InvoiceLine } from '../../../../../billing/invoices/store.ts';

const columns = [
  'invoice',
  'kind',
  'ruleId',
  'title',
  'unit',
  'quantity',
  'charges',
  'servicePeriodStart',
  'servicePeriodEnd',
  'amount',
  'printed',
  'currency',
] as const;

type Cells = Readonly<Record<(typeof columns)[number], string>>;

/** The lines of an invoice as CSV (RFC 4180). */
export function linesAsCsv(invoice: Invoice): Response {
  const rows = invoice.document.lines.map((line) => cellsOf(invoice, line));
  const texts = [columns.join(','), ...rows.map((row) => columns.map(cell(row)).join(','))];
  return download(invoice, `${texts.join('\r\n')}\r\n`, 'text/csv; charset=utf-8', 'csv');
}

/** The lines of an invoice as one JSON object each. */
export function linesAsJsonl(invoice: Invoice): Response {
  const rows = invoice.document.lines.map((line) => JSON.stringify(cellsOf(invoice, line)));
  return download(invoice, `${rows.join('\n')}\n`, 'application/x-ndjson; charset=utf-8', 'jsonl');
}

/** An answer that a browser keeps as a file instead of showing it. */
export function download(
  { id, number }: Invoice,
  body: string | Uint8Array<ArrayBuffer>,
  type: string,
  ending: string,
): Response {
  const name = (number ?? id).replaceAll(/[^A-Za-z0-9_-]/g, '-');
  return new Response(body, {
    headers: {
      'Content-Type': type,
      'Content-Disposition': `attachment; filename="${name}.${ending}"`,
    },
  });
}

function cellsOf({ number, id, currency }: Invoice, line: InvoiceLine): Cells {
  const { kind, ruleId, title, unit, quantity, count, amount, printed } = line;
  const time = (ms: number | null): string => (ms === null ? '' : new Date(ms).toISOString());
  return {
    invoice: number ?? id,
    kind,
    ruleId,
    title,
    unit,
    quantity: quantity ?? '',
    charges: String(count),
    servicePeriodStart: time(line.servicePeriodStartMs),
    servicePeriodEnd: time(line.servicePeriodEndMs),
    amount,
    printed,
    currency,
  };
}

/** Texts that a spreadsheet would take for formulas are kept from it by an apostrophe. */
function cell(row: Cells): (name: (typeof columns)[number]) => string {
  return (name) => {
    const isText = name === 'title' || name === 'ruleId';
    const text = isText && /^[=+\-@\t\r]/.test(row[name]) ? `'${row[name]}` : row[name];
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
}
