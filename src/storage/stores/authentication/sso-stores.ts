import type {
  SsoConnection,
  SsoConnectionStore,
  SsoLoginStore,
} from '../../../identity/sso/store.ts';
import type { Database } from '../database.ts';
import { type SsoRow, toSsoConnection } from '../rows/identity-rows.ts';

/** Connections to providers. */
export function createSsoConnectionStore(database: Database): SsoConnectionStore {
  const { query, transact } = database;
  const select = () => query.selectFrom('sso_connection').select(columns).orderBy('id');
  const read = (row: SsoRow | undefined): SsoConnection | undefined => row && toSsoConnection(row);
  return {
    list: async (tenant) =>
      (await select().where('tenant_id', '=', tenant).execute()).map(toSsoConnection),
    get: async (tenant, id) =>
      read(await select().where('tenant_id', '=', tenant).where('id', '=', id).executeTakeFirst()),
    find: async (id) => read(await select().where('id', '=', id).executeTakeFirst()),
    ofIssuer: async (issuer) =>
      (await select().where('issuer', '=', issuer).execute()).map(toSsoConnection),
    inUse: async (rowsMax) =>
      (await select().where('enabled', '=', 1).limit(rowsMax).execute()).map(toSsoConnection),
    findByDomain: async (domain) => {
      const rows = await select()
        .where('enabled', '=', 1)
        // A domain has no characters that a pattern or JSON would read otherwise.
        .where('domains', 'like', `%"${domain}"%`)
        .execute();
      return rows
        .map(toSsoConnection)
        .find(
          ({ domains, domainsVerified, verifiedDomains }) =>
            domains.includes(domain) && (domainsVerified || verifiedDomains.includes(domain)),
        );
    },
    insert: async (tenant, connection) => {
      await transact('insertSsoConnection', { tenant, connection });
    },
    update: (tenant, id, update) => transact('updateSsoConnection', { tenant, id, update }),
    delete: (tenant, id, ifVersion) => transact('removeSsoConnection', { tenant, id, ifVersion }),
  };
}

/** Sessions at providers. */
export function createSsoLoginStore({ query }: Database): SsoLoginStore {
  return {
    put: async ({ hash, userId, expiresAtMs }) => {
      await query
        .insertInto('sso_login')
        .values({ hash, user_id: userId, expires_at_ms: expiresAtMs })
        .onConflict((conflict) =>
          conflict.column('hash').doUpdateSet({ user_id: userId, expires_at_ms: expiresAtMs }),
        )
        .execute();
    },
    find: (hash, nowMs) =>
      query
        .selectFrom('sso_login')
        .select(['hash', 'user_id as userId', 'expires_at_ms as expiresAtMs'])
        .where('hash', '=', hash)
        .where('expires_at_ms', '>', nowMs)
        .executeTakeFirst(),
  };
}

const columns = [
  'id',
  'tenant_id as tenant',
  'name',
  'issuer',
  'client_id as clientId',
  'secret_sealed as secretSealed',
  'domains',
  'domains_verified as domainsVerified',
  'settings',
  'enabled',
  'created_at_ms as createdAtMs',
  'version',
] as const;
