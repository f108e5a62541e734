import type { SessionIdPlace, SessionTransport } from '../../gateway/store.ts';
import type { Role, TenantId } from '../../kernel/principal.ts';
import type { UsageOutcome } from '../../metering/store.ts';

/** The tables as the migrations make them, for Kysely; the migrations are the authority. */
export interface Tables {
  readonly tenant: { id: TenantId; name: string; created_at_ms: number };
  readonly account_user: {
    tenant_id: TenantId;
    id: string;
    name: string;
    role: Role;
    password_hash: string | null;
    created_at_ms: number;
  };
  readonly api_key: {
    tenant_id: TenantId;
    id: string;
    user_id: string;
    name: string;
    prefix: string;
    hash: string;
    created_at_ms: number;
    expires_at_ms: number | null;
    revoked_at_ms: number | null;
  };
  readonly service: {
    tenant_id: TenantId;
    id: string;
    slug: string;
    kind: string;
    title: string;
    enabled: number;
    config: string;
    created_at_ms: number;
    updated_at_ms: number;
  };
  readonly service_alias: {
    tenant_id: TenantId;
    kind: 'tool' | 'prompt';
    public_name: string;
    service_id: string;
    name: string;
  };
  readonly service_secret: {
    tenant_id: TenantId;
    service_id: string;
    name: string;
    sealed: string;
  };
  readonly bundle: {
    tenant_id: TenantId;
    id: string;
    slug: string;
    title: string;
    description: string;
    items: string;
    created_at_ms: number;
    updated_at_ms: number;
  };
  readonly managed_session: {
    tenant_id: TenantId;
    id: string;
    user_id: string;
    credential_id: string;
    services: string | null;
    transport: SessionTransport;
    id_place: SessionIdPlace;
    created_at_ms: number;
    expires_at_ms: number;
  };
  readonly usage_record: UsageRecordTable;
  readonly usage_total: {
    tenant_id: TenantId;
    records: number;
    bytes_in: number;
    bytes_out: number;
  };
}

interface UsageRecordTable {
  tenant_id: TenantId;
  id: string;
  charge_key: string;
  node_id: string;
  credential_id: string;
  user_id: string;
  session_id: string | null;
  service_id: string | null;
  method: string;
  tool: string | null;
  client_era: 'modern' | 'legacy';
  upstream_era: 'modern' | 'legacy' | null;
  outcome: UsageOutcome;
  started_at_ms: number;
  ended_at_ms: number;
  duration_ms: number;
  upstream_ms: number;
  bytes_in: number;
  bytes_out: number;
  events: number;
  upstream_called: number;
}
