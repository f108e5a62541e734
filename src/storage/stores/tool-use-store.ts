import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { ToolUseStore, UsePage } from '../../tool-search/store.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { Database, QueryBuilder } from './database.ts';

/** What tools were used for after searches. */
export function createToolUseStore({ query, transact }: Database): ToolUseStore {
  return {
    uses: async (tenant, sinceMs) => {
      const rows = await query
        .selectFrom('tool_use')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('used_at_ms', '>=', sinceMs)
        .orderBy('used_at_ms')
        .orderBy('query_hash')
        .execute();
      return rows.map((row) => ({
        serviceId: row.service_id,
        tool: row.tool,
        subject: { kind: row.subject_kind, id: row.subject_id },
        query: row.query,
        atMs: row.used_at_ms,
      }));
    },
    add: async (tenant, uses) => {
      if (uses.length === 0) return;
      const hashed = uses.map((use) => ({ ...use, hash: hashOf(use.query) }));
      await transact('addToolUses', { tenant, uses: hashed });
    },
    list: (tenant, page) => listed(query, tenant, page),
    clear: (tenant, filter) => transact('clearToolUses', { tenant, filter }),
    setting: async (tenant) => {
      const row = await query
        .selectFrom('tool_search_setting')
        .select(['learns', 'version'])
        .where('tenant_id', '=', tenant)
        .executeTakeFirst();
      if (row === undefined) return { learns: true, version: 0 };
      return { learns: row.learns === 1, version: row.version };
    },
    putSetting: (tenant, learns, ifVersion) =>
      transact('putToolSearchSetting', { tenant, learns, ifVersion }),
    deleteExpired: (beforeMs, fence) => transact('removeExpiredToolUses', { beforeMs, fence }),
  };
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

async function listed(
  query: QueryBuilder,
  tenant: TenantId,
  { serviceId, tool, after, rowsMax }: UsePage,
) {
  const rows = await query
    .selectFrom('tool_use')
    .select(({ fn }) => [
      'service_id',
      'tool',
      'query_hash',
      fn.min('query').as('query'),
      sql<number>`count(*)`.as('subjects'),
      fn.max('used_at_ms').as('last_at_ms'),
    ])
    .where('tenant_id', '=', tenant)
    .$if(serviceId !== undefined, (all) => all.where('service_id', '=', serviceId ?? ''))
    .$if(tool !== undefined, (all) => all.where('tool', '=', tool ?? ''))
    .$if(after !== undefined, (all) => {
      const { serviceId: service, tool: name, query: said } = after ?? zero;
      const place = sql`(${service}, ${name}, ${hashOf(said)})`;
      return all.where(sql<boolean>`(service_id, tool, query_hash) > ${place}`);
    })
    .groupBy(['service_id', 'tool', 'query_hash'])
    .orderBy('service_id')
    .orderBy('tool')
    .orderBy('query_hash')
    .limit(rowsMax)
    .execute();
  return rows.map((row) => ({
    serviceId: row.service_id,
    tool: row.tool,
    query: row.query,
    subjects: row.subjects,
    lastAtMs: row.last_at_ms,
  }));
}

const zero = { serviceId: '', tool: '', query: '' };
