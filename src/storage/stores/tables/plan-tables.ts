import type { InvoiceStatus } from '../../../billing/invoices/store.ts';
import type { PlanVersion } from '../../../billing/plans/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';

/** Tables of price lists, for Kysely; the migrations are the authority. */
export interface PlanTables {
  readonly plan: {
    id: string;
    name: string;
    description: string;
    created_at_ms: number;
    updated_at_ms: number;
    version: number;
  };
  readonly plan_version: {
    id: string;
    plan_id: string;
    number: number;
    status: PlanVersion['status'];
    terms: string;
    created_at_ms: number;
    updated_at_ms: number;
    published_at_ms: number | null;
    version: number;
  };
  readonly subscription: {
    tenant_id: TenantId;
    id: string;
    plan_version_id: string;
    starts_at_ms: number;
    ends_at_ms: number | null;
    anchor_ms: number;
    time_zone: string;
    created_at_ms: number;
    version: number;
    trial_ends_at_ms: number | null;
  };
}

/** Tables of invoices and what makes them, for Kysely; the migrations are the authority. */
export interface InvoiceTables {
  readonly one_off_charge: {
    tenant_id: TenantId;
    charge_key: string;
    title: string;
    amount_nano: bigint;
    currency: string;
    subscription_id: string;
    period_start_ms: number;
    at_ms: number;
  };
  readonly coupon: {
    id: string;
    name: string;
    percent: string | null;
    amount: string | null;
    currency: string | null;
    invoices: number | null;
    rules: string | null;
    created_at_ms: number;
  };
  readonly tenant_coupon: {
    tenant_id: TenantId;
    coupon_id: string;
    given_at_ms: number;
    used: number;
    ended_at_ms: number | null;
  };
  readonly billing_details: {
    tenant_id: TenantId;
    name: string;
    address: string;
    tax_id: string;
    email: string;
    tax_rates: string;
    updated_at_ms: number;
    version: number;
  };
  readonly invoice: {
    tenant_id: TenantId;
    id: string;
    status: InvoiceStatus;
    number: string | null;
    subscription_id: string;
    currency: string;
    period_start_ms: number;
    period_end_ms: number;
    made_at_ms: number;
    final_at_ms: number | null;
    due_at_ms: number | null;
    void_at_ms: number | null;
    void_reason: string | null;
    charges_nano: bigint;
    credit_nano: bigint;
    tax_nano: bigint;
    total_nano: bigint;
    document: string;
    version: number;
  };
  readonly invoice_part: {
    tenant_id: TenantId;
    subscription_id: string;
    period_start_ms: number;
    part: 'advance' | 'arrears';
    invoice_id: string | null;
  };
  readonly credit_note: {
    tenant_id: TenantId;
    id: string;
    invoice_id: string;
    note_key: string;
    number: string;
    currency: string;
    net_nano: bigint;
    tax_nano: bigint;
    total_nano: bigint;
    reason: string;
    at_ms: number;
  };
  readonly invoice_series: { series: string; last: number };
}
