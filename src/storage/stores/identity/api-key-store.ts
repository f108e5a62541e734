import type { ApiKeyStore } from '../../../identity/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { Database } from '../database.ts';
import { keyColumns, toFoundKey, toKey } from '../rows/identity-rows.ts';

/** API keys. */
export function createApiKeyStore({ query, transact }: Database): ApiKeyStore {
  const select = (tenant: TenantId) =>
    query.selectFrom('api_key').select(keyColumns).where('tenant_id', '=', tenant);
  return {
    list: async (tenant) => (await select(tenant).orderBy('id').execute()).map(toKey),
    get: async (tenant, keyId) => {
      const row = await select(tenant).where('id', '=', keyId).executeTakeFirst();
      return row === undefined ? undefined : toKey(row);
    },
    create: async (tenant, created) => {
      await transact('createKey', { tenant, created });
    },
    rotate: (tenant, keyId, secret, endMs) =>
      transact('rotateKey', { tenant, keyId, secret, endMs }),
    revoke: (tenant, keyId, revokedAtMs) => transact('revokeKey', { tenant, keyId, revokedAtMs }),
    find: async (hash) => {
      const row = await query
        .selectFrom('api_key_secret')
        .innerJoin('api_key', (join) =>
          join
            .onRef('api_key.tenant_id', '=', 'api_key_secret.tenant_id')
            .onRef('api_key.id', '=', 'api_key_secret.key_id'),
        )
        .select(keyColumns)
        .select(['api_key_secret.hash', 'api_key_secret.created_at_ms as secretCreatedAtMs'])
        .select('api_key_secret.expires_at_ms as secretExpiresAtMs')
        .where('api_key_secret.hash', '=', hash)
        .executeTakeFirst();
      return row === undefined ? undefined : toFoundKey(row);
    },
    noteUse: async (uses) => {
      if (uses.length > 0) await transact('noteKeyUse', { uses });
    },
  };
}
