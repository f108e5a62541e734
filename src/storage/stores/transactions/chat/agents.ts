import type {
  Agent,
  AgentPublication,
  AgentSettings,
  AgentUpdate,
  NewAgent,
} from '../../../../chat/agents/store.ts';
import { checkVersion } from '../../../../kernel/check-version.ts';
import { agentLimits } from '../../../../kernel/limits/chat/agent-limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { toAgent, type AgentRow, type AgentVersionRow } from '../../rows/agent-rows.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';
import { countRows } from '../identity/count-rows.ts';

interface Place {
  readonly tenant: TenantId;
  readonly id: string;
}

/** Adds an agent with its first draft; what it is. */
export function* insertChatAgent({
  tenant,
  agent: { id, slug, name, description, settings, createdAtMs },
}: {
  readonly tenant: TenantId;
  readonly agent: NewAgent;
}): Steps<Agent> {
  yield* countRows(
    sql`SELECT count(*) AS rows FROM chat_agent WHERE tenant_id = ${tenant}`,
    agentLimits.agentsPerTenantMax,
    'agents',
  );
  yield* change(sql`INSERT INTO chat_agent (tenant_id, id, slug, name, description, created_at_ms,
      updated_at_ms, version)
    VALUES (${tenant}, ${id}, ${slug}, ${name}, ${description}, ${createdAtMs}, ${createdAtMs},
      1)`);
  yield* addVersion({ tenant, id }, 1, settings, createdAtMs);
  return toAgent((yield* stored({ tenant, id })) as AgentRow);
}

/** Changes an agent and its draft; what it is then. */
export function* updateChatAgent({
  tenant,
  id,
  update: { ifVersion, updatedAtMs, name, description, settings },
}: Place & { readonly update: AgentUpdate }): Steps<Agent | undefined> {
  const row = yield* held({ tenant, id });
  if (row === undefined) return undefined;
  checkVersion(row.version, ifVersion);
  yield* change(sql`UPDATE chat_agent SET name = ${name ?? row.name},
      description = ${description ?? row.description}, updated_at_ms = ${updatedAtMs},
      version = ${row.version + 1}
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (settings !== undefined) yield* putDraft({ tenant, id }, settings, updatedAtMs);
  return toAgent((yield* stored({ tenant, id })) as AgentRow);
}

/** Makes a version the one that is used; a draft is published by that. */
export function* publishChatAgent({
  tenant,
  id,
  publication: { number, atMs, ifVersion },
}: Place & { readonly publication: AgentPublication }): Steps<Agent | undefined> {
  const row = yield* held({ tenant, id });
  if (row === undefined) return undefined;
  checkVersion(row.version, ifVersion);
  const version = yield* firstRow<AgentVersionRow>(sql`SELECT * FROM chat_agent_version
    WHERE tenant_id = ${tenant} AND agent_id = ${id} AND number = ${number}`);
  if (version === undefined) return undefined;
  yield* change(sql`UPDATE chat_agent_version SET state = 'published', published_at_ms = ${atMs}
    WHERE tenant_id = ${tenant} AND agent_id = ${id} AND number = ${number} AND state = 'draft'`);
  yield* change(sql`UPDATE chat_agent SET published = ${number}, updated_at_ms = ${atMs},
      version = ${row.version + 1}
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  return toAgent((yield* stored({ tenant, id })) as AgentRow);
}

/** Removes an agent with its versions; false when there is none. */
export function* removeChatAgent({
  tenant,
  id,
  ifVersion,
}: Place & { readonly ifVersion: number | undefined }): Steps<boolean> {
  const row = yield* held({ tenant, id });
  if (row === undefined) return false;
  checkVersion(row.version, ifVersion);
  yield* change(sql`DELETE FROM chat_agent WHERE tenant_id = ${tenant} AND id = ${id}`);
  return true;
}

function* putDraft({ tenant, id }: Place, settings: AgentSettings, atMs: number): Steps<null> {
  const changed = yield* change(sql`UPDATE chat_agent_version
    SET settings = ${JSON.stringify(settings)}
    WHERE tenant_id = ${tenant} AND agent_id = ${id} AND state = 'draft'`);
  if (changed > 0) return null;
  yield* countRows(
    sql`SELECT count(*) AS rows FROM chat_agent_version
      WHERE tenant_id = ${tenant} AND agent_id = ${id}`,
    agentLimits.agentVersionsMax,
    'versions of this agent',
  );
  const last = yield* firstRow<{ readonly number: number }>(sql`SELECT max(number) AS number
    FROM chat_agent_version WHERE tenant_id = ${tenant} AND agent_id = ${id}`);
  return yield* addVersion({ tenant, id }, (last?.number ?? 0) + 1, settings, atMs);
}

function* addVersion(
  { tenant, id }: Place,
  number: number,
  settings: AgentSettings,
  atMs: number,
): Steps<null> {
  yield* change(sql`INSERT INTO chat_agent_version (tenant_id, agent_id, number, state, settings,
      created_at_ms)
    VALUES (${tenant}, ${id}, ${number}, 'draft', ${JSON.stringify(settings)}, ${atMs})`);
  return null;
}

/** The agent, which nobody else changes until this ends. */
function* held({ tenant, id }: Place): Steps<AgentRow | undefined> {
  yield* change(sql`UPDATE chat_agent SET version = version
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  return yield* stored({ tenant, id });
}

function stored({ tenant, id }: Place): Steps<AgentRow | undefined> {
  return firstRow<AgentRow>(sql`SELECT * FROM chat_agent
    WHERE tenant_id = ${tenant} AND id = ${id}`);
}
