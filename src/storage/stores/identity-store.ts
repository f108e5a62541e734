import type { ApiKey, IdentityStore, KeyHolder } from '../../identity/store.ts';
import type { Database, QueryBuilder } from './database.ts';

const keyColumns = [
  'api_key.id',
  'api_key.tenant_id as tenant',
  'api_key.user_id as userId',
  'api_key.name',
  'api_key.prefix',
  'api_key.hash',
  'api_key.created_at_ms as createdAtMs',
  'api_key.expires_at_ms as expiresAtMs',
  'api_key.scopes',
  'api_key.access',
  'api_key.revoked_at_ms as revokedAtMs',
] as const;

/** Tenants, users and keys. */
export function createIdentityStore({ query, transact }: Database): IdentityStore {
  return {
    tenants: () =>
      query
        .selectFrom('tenant')
        .select(['id', 'name', 'created_at_ms as createdAtMs'])
        .orderBy('id')
        .execute(),
    createTenant: async (tenant, first) => {
      await transact('createTenant', { tenant, first: first ?? null });
    },
    createUser: async (tenant, { id, name, role, passwordHash, createdAtMs }) => {
      await query
        .insertInto('account_user')
        .values({
          tenant_id: tenant,
          id,
          name,
          role,
          password_hash: passwordHash,
          created_at_ms: createdAtMs,
        })
        .execute();
    },
    users: (tenant) =>
      query
        .selectFrom('account_user')
        .select(['id', 'tenant_id as tenant', 'name', 'role'])
        .select(['password_hash as passwordHash', 'created_at_ms as createdAtMs'])
        .where('tenant_id', '=', tenant)
        .orderBy('id')
        .execute(),
    createKey: async (tenant, key) => {
      await transact('createKey', { tenant, key });
    },
    keys: async (tenant) => {
      const rows = await query
        .selectFrom('api_key')
        .select(keyColumns)
        .where('tenant_id', '=', tenant)
        .orderBy('id')
        .execute();
      return rows.map(toKey);
    },
    revokeKey: (tenant, keyId, revokedAtMs) =>
      transact('revokeKey', { tenant, keyId, revokedAtMs }),
    findKey: (hash) => findKey(query, hash),
  };
}

async function findKey(query: QueryBuilder, hash: string): Promise<KeyHolder | undefined> {
  const row = await query
    .selectFrom('api_key')
    .innerJoin('account_user', (join) =>
      join
        .onRef('account_user.tenant_id', '=', 'api_key.tenant_id')
        .onRef('account_user.id', '=', 'api_key.user_id'),
    )
    .select(keyColumns)
    .select('account_user.role')
    .where('api_key.hash', '=', hash)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { role, ...key } = row;
  return { key: toKey(key), role };
}

type KeyRow = Omit<ApiKey, 'scopes' | 'access'> & {
  readonly scopes: string | null;
  readonly access: string;
};

function toKey({ scopes, access, ...key }: KeyRow): ApiKey {
  return {
    ...key,
    scopes: scopes === null ? null : (JSON.parse(scopes) as ApiKey['scopes']),
    access: JSON.parse(access) as ApiKey['access'],
  };
}
