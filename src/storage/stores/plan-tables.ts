import type { PlanVersion } from '../../billing/plans/store.ts';
import type { TenantId } from '../../kernel/principal.ts';

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
  };
}
