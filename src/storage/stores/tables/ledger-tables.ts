import type { ChargeKind, LedgerAccountKind } from '../../../billing/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';

/** The tables of charges and of the ledger. Money is read as text; see the README. */
export interface LedgerTables {
  readonly usage_pending: {
    tenant_id: TenantId;
    block: number;
    first_id: string;
    last_id: string;
    records: number;
  };
  readonly usage_unrated: { tenant_id: TenantId; records: number; last_block: number };
  readonly rating_total: {
    tenant_id: TenantId;
    records: number;
    refused: number;
    charges: number;
  };
  readonly rating_refused: {
    tenant_id: TenantId;
    usage_id: string;
    block: number;
    reason: string;
    at_ms: number;
  };
  readonly rated_service: { tenant_id: TenantId; id: string; slug: string };
  readonly billing_period: {
    tenant_id: TenantId;
    subscription_id: string;
    start_ms: number;
    end_ms: number;
    opened_at_ms: number;
    closed_at_ms: number | null;
    share: string | null;
  };
  readonly meter: {
    tenant_id: TenantId;
    subscription_id: string;
    rule_id: string;
    period_start_ms: number;
    state: string;
    posted_nano: bigint;
  };
  readonly charge: {
    tenant_id: TenantId;
    gate_key: string;
    rule_id: string;
    seq: number;
    unit: string;
    kind: ChargeKind;
    usage_id: string | null;
    plan_version_id: string;
    subscription_id: string;
    period_start_ms: number;
    service_period_start_ms: number;
    quantity: string;
    amount_nano: bigint;
    currency: string;
    ledger_tx_id: string;
    at_ms: number;
    block: number;
  };
  readonly ledger_account: {
    tenant_id: TenantId;
    id: string;
    kind: LedgerAccountKind;
    currency: string;
  };
  readonly ledger_tx: {
    tenant_id: TenantId;
    id: string;
    kind: string;
    currency: string;
    at_ms: number;
    reverses: string | null;
    reason: string | null;
  };
  readonly ledger_entry: {
    tenant_id: TenantId;
    tx_id: string;
    account_id: string;
    amount_nano: bigint;
  };
  readonly account_balance: {
    tenant_id: TenantId;
    account_id: string;
    posted_nano: bigint;
    version: number;
  };
  readonly billing_reconciliation: { tenant_id: TenantId; at_ms: number; result: string };
}
