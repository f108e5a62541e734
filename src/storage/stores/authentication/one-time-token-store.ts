import type { OneTimeToken, OneTimeTokenStore } from '../../../identity/store.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import type { Database, QueryBuilder } from '../database.ts';

/** Links that work once. */
export function createOneTimeTokenStore({ query }: Database): OneTimeTokenStore {
  return {
    insert: async (token) => {
      await query
        .insertInto('one_time_token')
        .values({
          hash: token.hash,
          id: token.id,
          kind: token.kind,
          user_id: token.userId,
          tenant_id: token.tenant,
          data: JSON.stringify(token.data),
          created_at_ms: token.createdAtMs,
          expires_at_ms: token.expiresAtMs,
          used_at_ms: null,
        })
        .execute();
    },
    find: async (hash, kind, nowMs) => {
      const row = await open(query, nowMs)
        .where('hash', '=', hash)
        .where('kind', '=', kind)
        .executeTakeFirst();
      return row && toToken(row);
    },
    take: async (hash, kind, nowMs) => {
      const row = await query
        .updateTable('one_time_token')
        .set({ used_at_ms: nowMs })
        .where('hash', '=', hash)
        .where('kind', '=', kind)
        .where('used_at_ms', 'is', null)
        .where('expires_at_ms', '>', nowMs)
        .returning(columns)
        .executeTakeFirst();
      return row && toToken(row);
    },
    list: async (tenant, kind, nowMs) => {
      const rows = await open(query, nowMs)
        .where('tenant_id', '=', tenant)
        .where('kind', '=', kind)
        .orderBy('created_at_ms', 'desc')
        .orderBy('id', 'desc')
        .execute();
      return rows.map(toToken);
    },
    withdraw: async (tenant, id, nowMs) => {
      const { numUpdatedRows } = await query
        .updateTable('one_time_token')
        .set({ used_at_ms: nowMs })
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .where('used_at_ms', 'is', null)
        .where('expires_at_ms', '>', nowMs)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    withdrawOfUser: async (userId, kind, nowMs) => {
      await query
        .updateTable('one_time_token')
        .set({ used_at_ms: nowMs })
        .where('user_id', '=', userId)
        .where('kind', '=', kind)
        .where('used_at_ms', 'is', null)
        .execute();
    },
  };
}

const columns = [
  'hash',
  'id',
  'kind',
  'user_id as userId',
  'tenant_id as tenant',
  'data',
  'created_at_ms as createdAtMs',
  'expires_at_ms as expiresAtMs',
] as const;

function open(query: QueryBuilder, nowMs: number) {
  return query
    .selectFrom('one_time_token')
    .select(columns)
    .where('used_at_ms', 'is', null)
    .where('expires_at_ms', '>', nowMs);
}

function toToken(row: Omit<OneTimeToken, 'data'> & { readonly data: string }): OneTimeToken {
  return { ...row, data: JSON.parse(row.data) as JsonObject };
}
