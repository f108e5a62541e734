import type { ManagedSession, SessionStore } from '../../gateway/store.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { QueryBuilder } from './query-builder.ts';

/** Sessions that callers made, in SQLite. */
export function createSessionStore(query: QueryBuilder): SessionStore {
  const select = (tenant: TenantId) =>
    query
      .selectFrom('managed_session')
      .select(['id', 'tenant_id as tenant', 'user_id as userId', 'credential_id as credentialId'])
      .select(['services', 'transport', 'id_place as idPlace'])
      .select(['created_at_ms as createdAtMs', 'expires_at_ms as expiresAtMs'])
      .where('tenant_id', '=', tenant);
  return {
    insert: async (tenant, session) => {
      const { id, userId, credentialId, services, transport, idPlace } = session;
      await query
        .insertInto('managed_session')
        .values({
          tenant_id: tenant,
          id,
          user_id: userId,
          credential_id: credentialId,
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
    list: async (tenant, credentialId) => {
      const rows = await select(tenant)
        .where('credential_id', '=', credentialId)
        .orderBy('created_at_ms')
        .orderBy('id')
        .execute();
      return rows.map(toSession);
    },
    delete: async (tenant, id) => {
      const [result] = await query
        .deleteFrom('managed_session')
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .execute();
      return (result?.numDeletedRows ?? 0n) > 0n;
    },
    deleteExpired: async (tenant, beforeMs) => {
      await query
        .deleteFrom('managed_session')
        .where('tenant_id', '=', tenant)
        .where('expires_at_ms', '<=', beforeMs)
        .execute();
    },
  };
}

type SessionRow = Omit<ManagedSession, 'services'> & { readonly services: string | null };

function toSession({ services, ...row }: SessionRow): ManagedSession {
  return { ...row, services: services === null ? null : (JSON.parse(services) as string[]) };
}
