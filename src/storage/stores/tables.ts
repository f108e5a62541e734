import type { DefinitionPolicy, ServiceTrust } from '../../catalog/store.ts';
import type { ApprovalState } from '../../gateway/approvals/store.ts';
import type { AuditEvent } from '../../audit/store.ts';
import type { SessionIdPlace, SessionTransport } from '../../gateway/store.ts';
import type {
  ActiveStatus,
  CertificateMark,
  IdentitySource,
  KeySubject,
  Tenant,
} from '../../identity/store.ts';
import type { SharedDomain } from '../../kernel/bus.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { UsageColumns } from '../../metering/store.ts';
import type { PolicySettings } from '../../policy/store.ts';
import type { GuardRuleKind } from '../../policy/guardrails/store.ts';
import type { LedgerTables } from './tables/ledger-tables.ts';
import type { AuthenticationTables } from './tables/authentication-tables.ts';
import type { PoolTables } from './tables/pool-tables.ts';
import type { InvoiceTables, PlanTables } from './tables/plan-tables.ts';
import type { AgentTables } from './tables/agent-tables.ts';
import type { ChatModelTables } from './tables/chat-model-tables.ts';
import type { ChatTables } from './tables/chat-tables.ts';
import type { ExportTables } from './tables/export-tables.ts';
import type { RollupTables } from './tables/rollup-tables.ts';
import type { ToolSearchTables } from './tables/tool-search-tables.ts';
import type { WebhookTables } from './tables/webhook-tables.ts';

/** The tables as the migrations make them, for Kysely; the migrations are the authority. */
export interface Tables
  extends
    AgentTables,
    AuthenticationTables,
    ChatModelTables,
    ChatTables,
    ExportTables,
    InvoiceTables,
    LedgerTables,
    PlanTables,
    PoolTables,
    RollupTables,
    ToolSearchTables,
    WebhookTables {
  readonly tenant: {
    id: TenantId;
    name: string;
    status: Tenant['status'];
    settings: string;
    created_at_ms: number;
    version: number;
    is_operator: number;
  };
  readonly account: {
    id: string;
    login: string;
    email: string | null;
    email_verified_at_ms: number | null;
    name: string;
    password_hash: string | null;
    password_changed_at_ms: number | null;
    status: ActiveStatus;
    created_at_ms: number;
    version: number;
  };
  readonly membership: {
    tenant_id: TenantId;
    user_id: string;
    roles: string;
    status: ActiveStatus;
    source: IdentitySource;
    external_id: string | null;
    created_at_ms: number;
    version: number;
  };
  readonly role: {
    tenant_id: TenantId;
    name: string;
    description: string;
    permissions: string;
    access: string;
    created_at_ms: number;
    version: number;
  };
  readonly user_group: {
    tenant_id: TenantId;
    id: string;
    name: string;
    roles: string;
    external_id: string | null;
    source: IdentitySource;
    created_at_ms: number;
    version: number;
  };
  readonly client_certificate: {
    tenant_id: TenantId;
    id: string;
    subject_kind: KeySubject['kind'];
    subject_id: string;
    name: string;
    mark_kind: CertificateMark['kind'];
    mark_value: string;
    created_at_ms: number;
  };
  readonly group_member: { tenant_id: TenantId; group_id: string; user_id: string };
  readonly service_account: {
    tenant_id: TenantId;
    id: string;
    name: string;
    description: string;
    roles: string;
    status: ActiveStatus;
    created_at_ms: number;
    version: number;
  };
  readonly api_key: {
    tenant_id: TenantId;
    id: string;
    subject_kind: KeySubject['kind'];
    subject_id: string;
    name: string;
    env: string;
    prefix: string;
    created_at_ms: number;
    expires_at_ms: number | null;
    last_used_at_ms: number | null;
    scopes: string | null;
    access: string;
    revoked_at_ms: number | null;
  };
  readonly api_key_secret: {
    hash: string;
    tenant_id: TenantId;
    key_id: string;
    created_at_ms: number;
    expires_at_ms: number | null;
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
    definitions: DefinitionPolicy;
    trust: ServiceTrust;
  };
  readonly service_alias: {
    tenant_id: TenantId;
    kind: 'tool' | 'prompt';
    public_name: string;
    service_id: string;
    name: string;
  };
  readonly vault_key: {
    tenant_id: TenantId;
    number: number;
    wrapped: string;
    created_at_ms: number;
  };
  readonly vault_item: {
    tenant_id: TenantId;
    owner: string;
    service_id: string;
    name: string;
    sealed: string;
  };
  readonly connection: {
    tenant_id: TenantId;
    id: string;
    user_id: string;
    service_id: string;
    issuer: string;
    resource: string;
    scopes: string;
    status: 'active' | 'expired';
    expires_at_ms: number | null;
    created_at_ms: number;
    updated_at_ms: number;
    version: number;
    refreshed_by: string | null;
    refresh_until_ms: number | null;
  };
  readonly connect_state: {
    hash: string;
    tenant_id: TenantId;
    user_id: string;
    grant_id: string;
    service_id: string;
    step: 'page' | 'callback';
    sealed: string;
    created_at_ms: number;
    expires_at_ms: number;
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
  readonly policy_rule: {
    tenant_id: TenantId;
    id: string;
    says: string;
    created_at_ms: number;
    updated_at_ms: number;
    version: number;
  };
  readonly policy_setting: {
    tenant_id: TenantId;
    mode: PolicySettings['mode'];
    bounds: string;
    updated_at_ms: number;
    version: number;
  };
  readonly definition_pin: {
    tenant_id: TenantId;
    service_id: string;
    tool: string;
    hash: string | null;
    definition: string | null;
    pinned_at_ms: number | null;
    pinned_by: string | null;
    previous_hash: string | null;
    previous_definition: string | null;
    pending_hash: string | null;
    pending_definition: string | null;
    pending_since_ms: number | null;
    pending_state: 'waiting' | 'rejected' | null;
    pending_by: string | null;
  };
  readonly guard_rule: {
    tenant_id: TenantId;
    id: string;
    kind: GuardRuleKind;
    name: string;
    enabled: number;
    rule: string;
    sealed_secret: string | null;
    created_at_ms: number;
    updated_at_ms: number;
    version: number;
  };
  readonly approval: {
    tenant_id: TenantId;
    id: string;
    binding: string;
    state: ApprovalState;
    rule_id: string;
    service_id: string;
    service_slug: string;
    tool: string;
    sealed_arguments: string;
    subject_id: string;
    grant_id: string;
    actor: string | null;
    self_approval: number;
    created_at_ms: number;
    expires_at_ms: number;
    decided_at_ms: number | null;
    decided_by: string | null;
    reason: string | null;
    work_id: string | null;
  };
  readonly approval_round: { tenant_id: TenantId; hash: string; expires_at_ms: number };
  readonly capture_setting: {
    tenant_id: TenantId;
    services: string | null;
    tools: string | null;
    sample_rate: number;
    until_ms: number;
    keep_hours: number;
    version: number;
  };
  readonly capture: {
    tenant_id: TenantId;
    id: string;
    at_ms: number;
    expires_at_ms: number;
    user_id: string;
    grant_id: string;
    service_id: string;
    service_slug: string;
    method: string;
    tool: string | null;
    outcome: string;
    work_id: string;
    bytes: number;
  };
  readonly oauth_artifact: {
    kind: string;
    hash: string;
    grant_id: string | null;
    uid_hash: string | null;
    sealed: string;
    consumed_at_ms: number | null;
    created_at_ms: number;
    expires_at_ms: number;
  };
  readonly oauth_client: {
    id: string;
    tenant_id: TenantId | null;
    name: string;
    sealed: string;
    address_hash: string | null;
    created_at_ms: number;
    used_at_ms: number | null;
  };
  readonly identity_link: {
    issuer: string;
    subject: string;
    tenant_id: TenantId;
    user_id: string;
    created_at_ms: number;
  };
  readonly usage_record: UsageRecordTable;
  /** A view of those whose outcome is `task`. */
  readonly usage_task: UsageRecordTable;
  readonly usage_cut: { tenant_id: TenantId; block: number; last_id: string; seq: number };
  readonly retention: {
    tenant_id: TenantId;
    usage_days: number | null;
    audit_days: number | null;
    chat_days: number | null;
    version: number;
  };
  readonly usage_batch: { tenant_id: TenantId; id: string; block: number };
  readonly audit_event: {
    tenant_id: TenantId;
    seq: number;
    id: string;
    at_ms: number;
    node_id: string;
    kind: AuditEvent['kind'];
    action: string;
    outcome: AuditEvent['outcome'];
    subject: string | null;
    actor: string | null;
    grant_id: string | null;
    credential_id: string | null;
    target: string | null;
    rule: string | null;
    detail: string;
    hash: string;
  };
  readonly audit_head: { tenant_id: TenantId; seq: number; hash: string };
  readonly audit_cut: { tenant_id: TenantId; seq: number; hash: string };
  readonly usage_total: {
    tenant_id: TenantId;
    records: number;
    bytes_in: number;
    bytes_out: number;
  };
}

type UsageRecordTable = Omit<UsageColumns, 'tenant_id'> & { tenant_id: TenantId };
