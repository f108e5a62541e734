import type { AgentVersion } from '../../../chat/agents/store.ts';
import type { Report } from '../../../chat/evaluation/store.ts';
import type { Feedback } from '../../../chat/training/store.ts';
import type { Subject, TenantId } from '../../../kernel/principal.ts';

/** The tables of agents and of training, for Kysely; the migrations are the authority. */
export interface AgentTables {
  readonly chat_agent: {
    tenant_id: TenantId;
    id: string;
    slug: string;
    name: string;
    description: string;
    published: number | null;
    created_at_ms: number;
    updated_at_ms: number;
    version: number;
  };
  readonly chat_agent_version: {
    tenant_id: TenantId;
    agent_id: string;
    number: number;
    state: AgentVersion['state'];
    settings: string;
    created_at_ms: number;
    published_at_ms: number | null;
  };
  readonly chat_agent_case: {
    tenant_id: TenantId;
    agent_id: string;
    id: string;
    question: string;
    agent_values: string;
    expected: string;
    created_at_ms: number;
  };
  readonly chat_agent_report: {
    tenant_id: TenantId;
    agent_id: string;
    id: string;
    state: Exclude<Report['state'], 'interrupted'>;
    report: string;
    alive_until_ms: number;
    created_at_ms: number;
  };
  readonly chat_consent: {
    tenant_id: TenantId;
    subject_kind: Subject['kind'];
    subject_id: string;
    given_at_ms: number;
  };
  readonly chat_feedback: {
    tenant_id: TenantId;
    message_id: string;
    conversation_id: string;
    rating: Feedback['rating'];
    corrected: string | null;
    at_ms: number;
  };
}
