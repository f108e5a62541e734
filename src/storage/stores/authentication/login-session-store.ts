import type { LoginSessionStore } from '../../../identity/store.ts';
import type { Database } from '../database.ts';

/** Browser sessions. */
export function createLoginSessionStore({ query }: Database): LoginSessionStore {
  const select = () =>
    query
      .selectFrom('login_session')
      .select(['hash', 'id', 'user_id as userId', 'tenant_id as tenant', 'grant_id as grantId'])
      .select(['created_at_ms as createdAtMs', 'seen_at_ms as seenAtMs'])
      .select('expires_at_ms as expiresAtMs');
  return {
    insert: async (session) => {
      await query
        .insertInto('login_session')
        .values({
          hash: session.hash,
          id: session.id,
          user_id: session.userId,
          tenant_id: session.tenant,
          grant_id: session.grantId,
          created_at_ms: session.createdAtMs,
          seen_at_ms: session.seenAtMs,
          expires_at_ms: session.expiresAtMs,
        })
        .execute();
    },
    find: (hash) => select().where('hash', '=', hash).executeTakeFirst(),
    list: (userId) =>
      select()
        .where('user_id', '=', userId)
        .orderBy('created_at_ms', 'desc')
        .orderBy('id', 'desc')
        .execute(),
    seen: async (hash, seenAtMs) => {
      const { numUpdatedRows } = await query
        .updateTable('login_session')
        .set({ seen_at_ms: seenAtMs })
        .where('hash', '=', hash)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    switchTenant: async (hash, tenant, grantId) => {
      const { numUpdatedRows } = await query
        .updateTable('login_session')
        .set({ tenant_id: tenant, grant_id: grantId })
        .where('hash', '=', hash)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    delete: async (userId, id) => {
      const { numDeletedRows } = await query
        .deleteFrom('login_session')
        .where('user_id', '=', userId)
        .where('id', '=', id)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}
