import type {
  ChargePlace,
  ExportedInvoice,
  Exporter,
  ExporterSettings,
} from '../../../billing/export/store.ts';
import type { ExportTables } from '../tables/export-tables.ts';

/** A row of `billing_exporter`. */
export type ExporterRow = ExportTables['billing_exporter'];

/** A row of `billing_exported_invoice`. */
export type ExportedInvoiceRow = ExportTables['billing_exported_invoice'];

/** Reads an invoice on its way to a vendor, or there. */
export function toExportedInvoice(row: ExportedInvoiceRow): ExportedInvoice {
  return {
    invoiceId: row.invoice_id,
    state: row.state,
    customer: row.customer,
    vendorId: row.vendor_id,
    reason: row.reason,
    sinceMs: row.since_ms,
    atMs: row.at_ms,
  };
}

/** Reads an exporter. */
export function toExporter(row: ExporterRow): Exporter {
  return {
    id: row.id,
    name: row.name,
    settings: JSON.parse(row.settings) as ExporterSettings,
    enabled: row.enabled === 1,
    acknowledged: JSON.parse(row.acknowledged) as ChargePlace,
    sending: row.sending === null ? null : (JSON.parse(row.sending) as ChargePlace),
    sendingSinceMs: row.sending_since_ms,
    exported: row.exported,
    skipped: row.skipped,
    failures: row.failures,
    nextAtMs: row.next_at_ms,
    lastProblem: row.last_problem,
    lastAtMs: row.last_at_ms,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    version: row.version,
  };
}

/** Writes a place; the same place is the same text. */
export function placeText({ block, gateKey, ruleId, seq }: ChargePlace): string {
  return JSON.stringify({ block, gateKey, ruleId, seq });
}
