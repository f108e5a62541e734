import type { ManagedSession, SessionStore } from '../../gateway/store.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { Database } from './database.ts';

/** Sessions that callers made. */
export function createSessionStore({ query, transact }: Database): SessionStore {
  const select = (tenant: TenantId) =>
    query
      .selectFrom('managed_session')
      .select(['id', 'tenant_id as tenant', 'user_id as userId', 'credential_id as grantId'])
      .select(['services', 'transport', 'id_place as idPlace'])
      .select(['created_at_ms as createdAtMs', 'expires_at_ms as expiresAtMs'])
      .where('tenant_id', '=', tenant);
  return {
    insert: async (tenant, session) => {
      const { id, userId, grantId, services, transport, idPlace } = session;
      await query
        .insertInto('managed_session')
        .values({
          tenant_id: tenant,
          id,
          user_id: userId,
          credential_id: grantId,
          services: services === null ? null : JSON.stringify(services),
          transport,
          id_place: idPlace,
          created_at_ms: session.createdAtMs,
          expires_at_ms: session.expiresAtMs,
        })
        .execute();
    },
    get: async (tenant, id) => {
      const row = await select(tenant).where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : toSession(row);
    },
    list: async (tenant, grantId) => {
      const rows = await select(tenant)
        .where('credential_id', '=', grantId)
        .orderBy('created_at_ms')
        .orderBy('id')
        .execute();
      return rows.map(toSession);
    },
    delete: (tenant, id) => transact('removeSession', { tenant, id }),
    deleteExpired: async (tenant, beforeMs) => {
      await query
        .deleteFrom('managed_session')
        .where('tenant_id', '=', tenant)
        .where('expires_at_ms', '<=', beforeMs)
        .execute();
    },
    deleteAllExpired: (beforeMs, fence) => transact('removeExpiredSessions', { beforeMs, fence }),
  };
}

type SessionRow = Omit<ManagedSession, 'services'> & { readonly services: string | null };

function toSession({ services, ...row }: SessionRow): ManagedSession {
  return { ...row, services: services === null ? null : (JSON.parse(services) as string[]) };
}
