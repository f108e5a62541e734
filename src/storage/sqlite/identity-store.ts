import type { ApiKey, IdentityStore, KeyHolder, Tenant, User } from '../../identity/store.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { DatabaseClient } from './database-client.ts';
import { toStatement, type QueryBuilder } from './query-builder.ts';

const keyColumns = [
  'api_key.id',
  'api_key.tenant_id as tenant',
  'api_key.user_id as userId',
  'api_key.name',
  'api_key.prefix',
  'api_key.hash',
  'api_key.created_at_ms as createdAtMs',
  'api_key.expires_at_ms as expiresAtMs',
  'api_key.revoked_at_ms as revokedAtMs',
] as const;

const insertTenant = (query: QueryBuilder, { id, name, createdAtMs }: Tenant) =>
  query.insertInto('tenant').values({ id, name, created_at_ms: createdAtMs });

const insertUser = (query: QueryBuilder, tenant: TenantId, user: User) =>
  query.insertInto('account_user').values({
    tenant_id: tenant,
    id: user.id,
    name: user.name,
    role: user.role,
    password_hash: user.passwordHash,
    created_at_ms: user.createdAtMs,
  });

const insertKey = (query: QueryBuilder, tenant: TenantId, key: ApiKey) =>
  query.insertInto('api_key').values({
    tenant_id: tenant,
    id: key.id,
    user_id: key.userId,
    name: key.name,
    prefix: key.prefix,
    hash: key.hash,
    created_at_ms: key.createdAtMs,
    expires_at_ms: key.expiresAtMs,
    revoked_at_ms: key.revokedAtMs,
  });

/** Tenants, users and keys in SQLite. */
export function createIdentityStore(client: DatabaseClient, query: QueryBuilder): IdentityStore {
  return {
    tenants: () =>
      query
        .selectFrom('tenant')
        .select(['id', 'name', 'created_at_ms as createdAtMs'])
        .orderBy('id')
        .execute(),
    createTenant: async (tenant, first) => {
      const others =
        first === undefined
          ? []
          : [insertUser(query, tenant.id, first.user), insertKey(query, tenant.id, first.key)];
      await client.runTogether(
        [insertTenant(query, tenant), ...others].map((insert) => toStatement(insert.compile())),
      );
    },
    createUser: async (tenant, user) => {
      await insertUser(query, tenant, user).execute();
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
      await insertKey(query, tenant, key).execute();
    },
    keys: (tenant) =>
      query
        .selectFrom('api_key')
        .select(keyColumns)
        .where('tenant_id', '=', tenant)
        .orderBy('id')
        .execute(),
    revokeKey: async (tenant, keyId, revokedAtMs) => {
      const [result] = await query
        .updateTable('api_key')
        // A key that was revoked before keeps its first moment.
        .set(({ fn, val }) => ({ revoked_at_ms: fn.coalesce('revoked_at_ms', val(revokedAtMs)) }))
        .where('tenant_id', '=', tenant)
        .where('id', '=', keyId)
        .execute();
      return (result?.numUpdatedRows ?? 0n) > 0n;
    },
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
  return { key, role };
}
