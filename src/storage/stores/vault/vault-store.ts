import type { VaultRow, VaultStore } from '../../../identity/store.ts';
import type { Database, QueryBuilder } from '../database.ts';

const keyColumns = [
  'tenant_id as tenant',
  'number',
  'wrapped',
  'created_at_ms as createdAtMs',
] as const;

/** Sealed rows and the wrapped keys they are sealed with. */
export function createVaultStore({ query, transact }: Database): VaultStore {
  return {
    allKeys: () =>
      query
        .selectFrom('vault_key')
        .select(keyColumns)
        .orderBy('tenant_id')
        .orderBy('number')
        .execute(),
    keys: (tenant) =>
      query
        .selectFrom('vault_key')
        .select(keyColumns)
        .where('tenant_id', '=', tenant)
        .orderBy('number')
        .execute(),
    addKey: (key) => transact('addVaultKey', key),
    rewrapKey: ({ tenant, number, wrapped: before }, wrapped) =>
      transact('rewrapVaultKey', { tenant, number, before, wrapped }),
    deleteUnusedKeys: (tenant, below, beforeMs) =>
      transact('deleteUnusedVaultKeys', { tenant, below, beforeMs }),
    get: async (row) => (await rowOf(query, row).select('sealed').executeTakeFirst())?.sealed,
    put: async (item) => {
      await transact('putVaultItem', item);
    },
    delete: (row) => transact('deleteVaultItem', row),
    itemsNotUnder: (tenant, number, count) =>
      query
        .selectFrom('vault_item')
        .select(['tenant_id as tenant', 'owner', 'service_id as serviceId', 'name', 'sealed'])
        .where('tenant_id', '=', tenant)
        .where('sealed', 'not like', `v1.${number}.%`)
        .orderBy('owner')
        .orderBy('service_id')
        .orderBy('name')
        .limit(count)
        .execute(),
    reseal: ({ tenant, owner, serviceId, name, sealed: before }, sealed) =>
      transact('resealVaultItem', { tenant, owner, serviceId, name, before, sealed }),
  };
}

function rowOf(query: QueryBuilder, { tenant, owner, serviceId, name }: VaultRow) {
  return query
    .selectFrom('vault_item')
    .where('tenant_id', '=', tenant)
    .where('owner', '=', owner)
    .where('service_id', '=', serviceId)
    .where('name', '=', name);
}
