import type { SessionIdPlace, SessionTransport } from '../../gateway/store.ts';
import type { SharedDomain } from '../../kernel/bus.ts';
import type { Role, TenantId } from '../../kernel/principal.ts';
import type { UsageColumns } from '../../metering/store.ts';

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
    scopes: string | null;
    access: string;
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
    version: number;
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
    version: number;
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
  readonly database_clock: { now_ms: number };
  readonly domain_version: {
    domain: SharedDomain;
    tenant_id: string;
    version: number;
    changed_at_ms: number;
  };
  readonly job_lease: {
    name: string;
    holder: string;
    number: number;
    expires_at_ms: number;
    ran_at_ms: number | null;
    ran_by: string | null;
  };
  readonly ring_key: {
    id: string;
    fingerprint: string;
    secret: string | null;
    rank: number;
    created_at_ms: number;
  };
  readonly usage_record: UsageRecordTable;
  /** A view of those whose outcome is `task`. */
  readonly usage_task: UsageRecordTable;
  readonly usage_total: {
    tenant_id: TenantId;
    records: number;
    bytes_in: number;
    bytes_out: number;
  };
}

type UsageRecordTable = Omit<UsageColumns, 'tenant_id'> & { tenant_id: TenantId };
