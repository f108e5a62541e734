import type { TenantId } from '../../../kernel/principal.ts';

/** The tables of exporters, for Kysely; the migrations are the authority. */
export interface ExportTables {
  readonly charge_head: { tenant_id: TenantId; block: number };
  readonly billing_exporter: {
    tenant_id: TenantId;
    id: string;
    name: string;
    settings: string;
    enabled: number;
    acknowledged: string;
    sending: string | null;
    sending_since_ms: number | null;
    exported: number;
    skipped: number;
    failures: number;
    next_at_ms: number;
    last_problem: string | null;
    last_at_ms: number | null;
    created_at_ms: number;
    updated_at_ms: number;
    version: number;
    invoices_from_ms: number;
  };
  readonly billing_export_refused: {
    tenant_id: TenantId;
    exporter_id: string;
    gate_key: string;
    rule_id: string;
    seq: number;
    event_id: string;
    reason: string;
    at_ms: number;
    retry_at_ms: number | null;
    since_ms: number | null;
  };
  readonly billing_exported_invoice: {
    tenant_id: TenantId;
    exporter_id: string;
    invoice_id: string;
    state: 'sending' | 'sent' | 'refused';
    customer: string;
    vendor_id: string | null;
    reason: string | null;
    since_ms: number;
    at_ms: number;
  };
}
