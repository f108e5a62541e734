import type { CreditNote, Invoice } from '../../../../../billing/invoices/store.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import {
  toCreditNote,
  toInvoice,
  type CreditNoteRow,
  type InvoiceRow,
} from '../../../rows/invoice-rows.ts';
import { sql } from '../../../sql.ts';
import { allRows, firstRow, type Steps } from '../../../transaction.ts';

/** An invoice; undefined when there is none. */
export function* storedInvoice(tenant: TenantId, id: string): Steps<Invoice | undefined> {
  const row = yield* firstRow<InvoiceRow>(sql`SELECT tenant_id AS tenant, id, status, number,
      subscription_id AS "subscriptionId", currency, period_start_ms AS "periodStartMs",
      period_end_ms AS "periodEndMs", made_at_ms AS "madeAtMs", final_at_ms AS "finalAtMs",
      due_at_ms AS "dueAtMs", void_at_ms AS "voidAtMs", void_reason AS "voidReason",
      CAST(charges_nano AS text) AS charges, CAST(credit_nano AS text) AS credit,
      CAST(tax_nano AS text) AS tax, CAST(total_nano AS text) AS total, document
    FROM invoice WHERE tenant_id = ${tenant} AND id = ${id}`);
  return row === undefined ? undefined : toInvoice(row);
}

/** What was given back of an invoice, in that order. */
export function* storedNotes(tenant: TenantId, invoiceId: string): Steps<readonly CreditNote[]> {
  const rows = yield* allRows<CreditNoteRow>(sql`SELECT id, invoice_id AS "invoiceId",
      note_key AS key, number, currency, CAST(net_nano AS text) AS net,
      CAST(tax_nano AS text) AS tax, CAST(total_nano AS text) AS total, reason, at_ms AS "atMs"
    FROM credit_note WHERE tenant_id = ${tenant} AND invoice_id = ${invoiceId}
    ORDER BY at_ms, id`);
  return rows.map(toCreditNote);
}

/** The next number of a series; taken for good when the transaction is. */
export function* nextNumber(series: string): Steps<string> {
  const row = yield* firstRow<{ readonly last: number }>(sql`INSERT INTO invoice_series
      (series, last) VALUES (${series}, 1)
    ON CONFLICT (series) DO UPDATE SET last = invoice_series.last + 1 RETURNING last`);
  return `${series}${String(row?.last).padStart(6, '0')}`;
}
