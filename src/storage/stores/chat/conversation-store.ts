import { sql } from 'kysely';
import type { ConversationQuery, ConversationStore, StoredMessage } from '../../../chat/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { Database, QueryBuilder } from '../database.ts';
import { toConversation, toMessage, type MessageRow } from '../rows/chat-rows.ts';

/** Conversations and what was said in them. */
export function createConversationStore({ query, transact }: Database): ConversationStore {
  const rows = (tenant: TenantId) =>
    query.selectFrom('chat_conversation').selectAll().where('tenant_id', '=', tenant);
  return {
    get: async (tenant, id) => {
      const row = await rows(tenant).where('id', '=', id).executeTakeFirst();
      return row && toConversation(row);
    },
    list: async (tenant, asked) =>
      (await listed(query, tenant, asked).execute()).map((row) => toConversation(row)),
    rename: async (tenant, id, title, ifVersion) => {
      const wanted = { tenant, id, title, ifVersion: ifVersion ?? null };
      return (await transact('renameConversation', wanted)) ?? undefined;
    },
    share: async (tenant, id, link) => {
      const changed = await query
        .updateTable('chat_conversation')
        .set({ link_hash: link?.hash ?? null, shared_head_id: link?.headId ?? null })
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .executeTakeFirst();
      return changed.numUpdatedRows > 0n;
    },
    shared: async (tenant, hash) => {
      const row = await rows(tenant).where('link_hash', '=', hash).executeTakeFirst();
      return row && toConversation(row);
    },
    remove: async (tenant, id) => {
      const removed = await query
        .deleteFrom('chat_conversation')
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .executeTakeFirst();
      return removed.numDeletedRows > 0n;
    },
    insertWhole: async (tenant, whole) => {
      await transact('insertWholeConversation', { tenant, whole });
    },
    branch: (tenant, conversationId, headId) => branchOf(query, tenant, conversationId, headId),
    messages: async (tenant, conversationId) => {
      const found = await messageRows(query, tenant, conversationId)
        .orderBy('created_at_ms')
        .orderBy('id')
        .execute();
      return found.map((row) => toMessage(row));
    },
    deleteOlder: (tenant, beforeMs, fence) =>
      transact('deleteOldConversations', { tenant, beforeMs, fence }),
  };
}

function listed(
  query: QueryBuilder,
  tenant: TenantId,
  { ownerId, search, before, rowsMax }: ConversationQuery,
) {
  const pattern = `%${(search ?? '').toLowerCase().replaceAll(/[!%_]/g, '!$&')}%`;
  return query
    .selectFrom('chat_conversation as c')
    .selectAll()
    .where('tenant_id', '=', tenant)
    .where('subject_id', '=', ownerId)
    .$if(search !== undefined, (rows) =>
      rows.where(({ or, exists, selectFrom }) =>
        or([
          sql<boolean>`lower(c.title) LIKE ${pattern} ESCAPE '!'`,
          exists(
            selectFrom('chat_message as m')
              .select('m.id')
              .whereRef('m.tenant_id', '=', 'c.tenant_id')
              .whereRef('m.conversation_id', '=', 'c.id')
              .where(sql<boolean>`m.search_text LIKE ${pattern} ESCAPE '!'`),
          ),
        ]),
      ),
    )
    .$if(before !== undefined, (rows) => {
      const { changedAtMs = 0, id = '' } = before ?? {};
      return rows.where(({ or, and, eb }) =>
        or([
          eb('changed_at_ms', '<', changedAtMs),
          and([eb('changed_at_ms', '=', changedAtMs), eb('id', '<', id)]),
        ]),
      );
    })
    .orderBy('changed_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(rowsMax);
}

function messageRows(query: QueryBuilder, tenant: TenantId, conversationId: string) {
  return query
    .selectFrom('chat_message')
    .select(['tenant_id', 'id', 'conversation_id', 'parent_id', 'run_id', 'role', 'parts'])
    .select(['model', 'usage', 'currency', 'created_at_ms'])
    .select(sql<string | null>`CAST(cost_nano AS text)`.as('cost_nano'))
    .where('tenant_id', '=', tenant)
    .where('conversation_id', '=', conversationId);
}

/** Walks from a message to the first one: the ids of the branch, then its messages. */
async function branchOf(
  query: QueryBuilder,
  tenant: TenantId,
  conversationId: string,
  headId: string,
): Promise<readonly StoredMessage[]> {
  const found = await messageRows(query, tenant, conversationId)
    .where('id', 'in', (_eb) =>
      query
        .withRecursive('branch(id, parent_id)', (db) =>
          db
            .selectFrom('chat_message')
            .select(['id', 'parent_id'])
            .where('tenant_id', '=', tenant)
            .where('conversation_id', '=', conversationId)
            .where('id', '=', headId)
            .unionAll(
              db
                .selectFrom('chat_message as m')
                .innerJoin('branch as b', 'b.parent_id', 'm.id')
                .select(['m.id', 'm.parent_id'])
                .where('m.tenant_id', '=', tenant),
            ),
        )
        .selectFrom('branch')
        .select('branch.id'),
    )
    .execute();
  const byId = new Map(found.map((row) => [row.id, toMessage(row as MessageRow)]));
  const branch: StoredMessage[] = [];
  for (let at = byId.get(headId); at !== undefined; at = byId.get(at.parentId ?? '')) {
    branch.push(at);
  }
  return branch.toReversed();
}
