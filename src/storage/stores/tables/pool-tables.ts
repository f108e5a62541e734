import type { PoolLeaseState } from '../../../billing/pools/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';

/** The tables of pools, credit and budgets. Amounts are read as text; see the README. */
export interface PoolTables {
  readonly pool: {
    tenant_id: TenantId;
    id: string;
    kind: 'wallet' | 'budget';
    currency: string | null;
    budget_id: string | null;
    end_ms: number | null;
    limit_amount: bigint;
    spent_amount: bigint;
    outstanding_amount: bigint;
    overrun_amount: bigint;
  };
  readonly pool_lease: {
    tenant_id: TenantId;
    id: string;
    pool_id: string;
    node_id: string;
    run_id: string;
    granted_amount: bigint;
    drawn_amount: bigint;
    spent_amount: bigint | null;
    state: PoolLeaseState;
    expires_at_ms: number;
    last_block: number | null;
  };
  readonly credit_grant: {
    tenant_id: TenantId;
    id: string;
    grant_key: string;
    kind: 'bought' | 'given';
    currency: string;
    amount: bigint;
    remaining_amount: bigint;
    priority: number;
    expires_at_ms: number | null;
    created_at_ms: number;
  };
  readonly budget: {
    tenant_id: TenantId;
    id: string;
    name: string;
    unit: 'money' | 'calls';
    limit_amount: bigint;
    says: string;
    created_at_ms: number;
    updated_at_ms: number;
    version: number;
  };
  readonly budget_alert: {
    tenant_id: TenantId;
    pool_id: string;
    percent: number;
    spent_amount: bigint;
    limit_amount: bigint;
    at_ms: number;
  };
  readonly task_hold: {
    tenant_id: TenantId;
    charge_key: string;
    holds: string;
    at_ms: number;
  };
  readonly counted_call: {
    tenant_id: TenantId;
    charge_key: string;
  };
}
