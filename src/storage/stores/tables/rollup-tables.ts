import type { TenantId } from '../../../kernel/principal.ts';
import type { RollupFacet, RollupGrain } from '../../../metering/store.ts';

interface RollupColumns {
  tenant_id: TenantId;
  facet: RollupFacet;
  grain: RollupGrain;
  start_ms: number;
  user_id: string;
  key_id: string;
  service_id: string;
  tool: string;
}

/** Tables of what was used and what it cost by the hour and the day, for Kysely. */
export interface RollupTables {
  readonly usage_rollup: RollupColumns & {
    outcome: string;
    records: number;
    calls: number;
    duration_us: number;
    bytes_in: number;
    bytes_out: number;
    tokens: number;
    events: number;
    latency: string;
  };
  readonly cost_rollup: RollupColumns & {
    rule_id: string;
    currency: string;
    subscription_id: string;
    period_start_ms: number;
    part: 'usage' | 'period';
    charges: number;
    amount_nano: bigint;
  };
  readonly usage_unsummed: { tenant_id: TenantId; records: number; bytes_out: number };
  readonly rollup_rebuild: {
    tenant_id: TenantId;
    from_ms: number;
    is_emptied: number;
    usage_after: string;
    gate_after: string;
    rule_after: string;
    seq_after: number;
  };
}
