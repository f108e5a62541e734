import type { Connection, ConnectionStore } from '../../../identity/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { Database } from '../database.ts';

/** Connections of users, and the ways to make them. */
export function createConnectionStore({ query, transact }: Database): ConnectionStore {
  const select = (tenant: TenantId) =>
    query
      .selectFrom('connection')
      .select(['id', 'tenant_id as tenant', 'user_id as userId', 'service_id as serviceId'])
      .select(['issuer', 'resource', 'scopes', 'status', 'expires_at_ms as expiresAtMs'])
      .select(['created_at_ms as createdAtMs', 'updated_at_ms as updatedAtMs', 'version'])
      .where('tenant_id', '=', tenant);
  return {
    list: async (tenant, userId) =>
      (await select(tenant).where('user_id', '=', userId).orderBy('id').execute()).map(fromRow),
    get: async (tenant, id) =>
      optional(await select(tenant).where('id', '=', id).executeTakeFirst()),
    find: async (tenant, userId, serviceId) => {
      const chosen = select(tenant)
        .where('user_id', '=', userId)
        .where('service_id', '=', serviceId);
      return optional(await chosen.executeTakeFirst());
    },
    latest: async (tenant, serviceId) => {
      const chosen = select(tenant)
        .where('service_id', '=', serviceId)
        .where('status', '=', 'active')
        .orderBy('updated_at_ms', 'desc')
        .orderBy('id')
        .limit(1);
      return optional(await chosen.executeTakeFirst());
    },
    put: async (connection, sealed) => {
      await transact('putConnection', { connection, sealed });
    },
    renew: (connection, sealed) => transact('renewConnection', { connection, sealed }),
    expire: (connection, atMs) => transact('expireConnection', { connection, atMs }),
    remove: (tenant, id) => transact('removeConnection', { tenant, id }),
    claimRefresh: (connection, holder, lifeMs) =>
      transact('claimRefresh', { connection, holder, lifeMs }),
    releaseRefresh: async (connection, holder) => {
      await transact('releaseRefresh', { connection, holder });
    },
    addState: async (state, countMax) => {
      await transact('addConnectState', { state, countMax });
    },
    getState: (hash, step) =>
      query
        .selectFrom('connect_state')
        .select(['hash', 'tenant_id as tenant', 'user_id as userId', 'grant_id as grantId'])
        .select(['service_id as serviceId', 'step', 'sealed'])
        .select(['created_at_ms as createdAtMs', 'expires_at_ms as expiresAtMs'])
        .where('hash', '=', hash)
        .where('step', '=', step)
        .executeTakeFirst(),
    takeState: async (hash, step) =>
      (await transact('takeConnectState', { hash, step })) ?? undefined,
  };
}

type Row = Omit<Connection, 'scopes'> & { readonly scopes: string };

function fromRow(row: Row): Connection {
  return { ...row, scopes: JSON.parse(row.scopes) as readonly string[] };
}

function optional(row: Row | undefined): Connection | undefined {
  return row === undefined ? undefined : fromRow(row);
}
