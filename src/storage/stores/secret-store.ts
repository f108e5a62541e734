import type { SecretStore } from '../../catalog/store.ts';
import type { Database } from './database.ts';

/** Sealed secrets. */
export function createSecretStore({ query, transact }: Database): SecretStore {
  return {
    put: async (tenant, serviceId, sealed) => {
      if (Object.keys(sealed).length > 0)
        await transact('putSecrets', { tenant, serviceId, sealed });
    },
    get: async (tenant, serviceId, name) => {
      const row = await query
        .selectFrom('vault_item')
        .select('sealed')
        .where('tenant_id', '=', tenant)
        .where('owner', '=', 'service')
        .where('service_id', '=', serviceId)
        .where('name', '=', name)
        .executeTakeFirst();
      return row?.sealed;
    },
    names: async (tenant, serviceId) => {
      const rows = await query
        .selectFrom('vault_item')
        .select('name')
        .where('tenant_id', '=', tenant)
        .where('owner', '=', 'service')
        .where('service_id', '=', serviceId)
        .orderBy('name')
        .execute();
      return rows.map(({ name }) => name);
    },
  };
}
