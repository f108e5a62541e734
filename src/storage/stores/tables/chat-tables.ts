import type { ChatMessage, RunStatus, StopReason } from '../../../chat/store.ts';
import type { Subject, TenantId } from '../../../kernel/principal.ts';

/** The tables of conversations, for Kysely; the migrations are the authority. */
export interface ChatTables {
  readonly chat_conversation: {
    tenant_id: TenantId;
    id: string;
    subject_kind: Subject['kind'];
    subject_id: string;
    title: string;
    agent: string | null;
    agent_version: number | null;
    agent_values: string | null;
    head_id: string | null;
    link_hash: string | null;
    shared_head_id: string | null;
    created_at_ms: number;
    changed_at_ms: number;
    version: number;
  };
  readonly chat_message: {
    tenant_id: TenantId;
    id: string;
    conversation_id: string;
    parent_id: string | null;
    run_id: string;
    role: ChatMessage['role'];
    parts: string;
    search_text: string;
    model: string | null;
    usage: string | null;
    cost_nano: bigint | null;
    currency: string | null;
    created_at_ms: number;
  };
  readonly chat_run: {
    tenant_id: TenantId;
    id: string;
    conversation_id: string;
    status: RunStatus;
    stop_reason: StopReason | null;
    stop_asked: number;
    grant_id: string;
    credential_id: string;
    model: string | null;
    limits: string;
    head_id: string;
    worked_ms: number;
    lease_holder: string;
    lease_number: number;
    lease_until_ms: number;
    created_at_ms: number;
    ended_at_ms: number | null;
    caller: string | null;
  };
  readonly chat_call: {
    tenant_id: TenantId;
    run_id: string;
    call_id: string;
    state: string;
    detail: string;
    usage_id: string | null;
    changed_at_ms: number;
  };
  readonly chat_wait: {
    tenant_id: TenantId;
    run_id: string;
    id: string;
    place: number;
    wait: string;
    answer: string | null;
    answered_at_ms: number | null;
  };
  readonly chat_allowed_tool: {
    tenant_id: TenantId;
    conversation_id: string;
    tool: string;
    digest: string;
    created_at_ms: number;
  };
  readonly chat_spent: {
    tenant_id: TenantId;
    id: string;
    conversation_id: string;
    run_id: string;
    nano: bigint;
    currency: string;
  };
  readonly chat_event: { tenant_id: TenantId; run_id: string; seq: number; event: string };
  readonly chat_blob: { tenant_id: TenantId; hash: string; bytes: Uint8Array };
  readonly chat_artifact: {
    tenant_id: TenantId;
    id: string;
    conversation_id: string;
    hash: string;
    media_type: string;
    name: string | null;
    size: number;
    created_at_ms: number;
  };
}
