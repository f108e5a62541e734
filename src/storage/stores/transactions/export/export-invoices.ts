import type { ExportedInvoice, TriedInvoice } from '../../../../billing/export/store.ts';
import type { Fence } from '../../../../kernel/fence.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';
import { toExportedInvoice, type ExportedInvoiceRow } from '../../rows/exporter-rows.ts';
import { holdsFence } from '../leases.ts';

/** An invoice before anything of it leaves. */
export interface BegunInvoice
  extends
    Pick<TriedInvoice, 'tenant' | 'id' | 'invoiceId' | 'atMs'>,
    Pick<ExportedInvoice, 'customer'> {}

/** Notes that an invoice may be on its way from now on; what is noted of it, null when stale. */
export function* beginInvoiceExport({
  wanted: { tenant, id, invoiceId, customer, atMs },
  fence,
}: {
  readonly wanted: BegunInvoice;
  readonly fence: Fence;
}): Steps<ExportedInvoice | null> {
  if (!(yield* holdsFence(fence))) return null;
  yield* change(sql`INSERT INTO billing_exported_invoice (tenant_id, exporter_id, invoice_id,
      state, customer, vendor_id, reason, since_ms, at_ms)
    VALUES (${tenant}, ${id}, ${invoiceId}, 'sending', ${customer}, ${null}, ${null}, ${atMs},
      ${atMs})
    ON CONFLICT DO NOTHING`);
  const row = yield* firstRow<ExportedInvoiceRow>(sql`SELECT * FROM billing_exported_invoice
    WHERE tenant_id = ${tenant} AND exporter_id = ${id} AND invoice_id = ${invoiceId}`);
  return row === undefined ? null : toExportedInvoice(row);
}

/** Notes what became of an invoice that was on its way. */
export function* endInvoiceExport({
  tried: { tenant, id, invoiceId, state, vendorId, reason, atMs },
  fence,
}: {
  readonly tried: TriedInvoice;
  readonly fence: Fence;
}): Steps<boolean> {
  if (!(yield* holdsFence(fence))) return false;
  const changed = yield* change(sql`UPDATE billing_exported_invoice
    SET state = ${state}, vendor_id = ${vendorId}, reason = ${reason}, at_ms = ${atMs}
    WHERE tenant_id = ${tenant} AND exporter_id = ${id} AND invoice_id = ${invoiceId}
      AND state = 'sending'`);
  if (changed === 0) return false;
  if (state !== 'sending') {
    yield* change(sql`UPDATE billing_exporter
      SET exported = exported + ${state === 'sent' ? 1 : 0}, failures = 0, next_at_ms = ${atMs},
        last_problem = ${null}, last_at_ms = ${atMs}
      WHERE tenant_id = ${tenant} AND id = ${id}`);
  }
  return true;
}
