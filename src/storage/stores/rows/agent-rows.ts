import type { Agent, AgentSettings, AgentVersion } from '../../../chat/agents/store.ts';
import type { AgentTables } from '../tables/agent-tables.ts';

/** A row of `chat_agent`. */
export type AgentRow = AgentTables['chat_agent'];
/** A row of `chat_agent_version`. */
export type AgentVersionRow = AgentTables['chat_agent_version'];

/** Reads an agent. */
export function toAgent(row: AgentRow): Agent {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    description: row.description,
    published: row.published,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    version: row.version,
  };
}

/** Reads a version. */
export function toAgentVersion(row: AgentVersionRow): AgentVersion {
  return {
    number: row.number,
    state: row.state,
    settings: JSON.parse(row.settings) as AgentSettings,
    createdAtMs: row.created_at_ms,
    publishedAtMs: row.published_at_ms,
  };
}
