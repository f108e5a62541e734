import type { TenantId } from '../../../kernel/principal.ts';
import type { UseSubject } from '../../../tool-search/store.ts';

/** The tables of what searches learnt, for Kysely; the migrations are the authority. */
export interface ToolSearchTables {
  readonly tool_use: {
    tenant_id: TenantId;
    service_id: string;
    tool: string;
    subject_kind: UseSubject['kind'];
    subject_id: string;
    query_hash: string;
    query: string;
    used_at_ms: number;
  };
  readonly tool_search_setting: { tenant_id: TenantId; learns: number; version: number };
}
