import type { ServiceStore } from '../../catalog/store.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { Database } from './database.ts';
import { toService } from './rows/stored-rows.ts';

/** Registered services. */
export function createServiceStore({ query, transact }: Database): ServiceStore {
  const select = (tenant: TenantId) =>
    query
      .selectFrom('service')
      .select(['id', 'tenant_id as tenant', 'slug', 'kind', 'title', 'enabled', 'config'])
      .select(['created_at_ms as createdAtMs', 'updated_at_ms as updatedAtMs', 'version'])
      .select(['definitions', 'trust'])
      .where('tenant_id', '=', tenant);
  return {
    list: async (tenant) => {
      const rows = await select(tenant).orderBy('id').execute();
      return rows.map(toService);
    },
    get: async (tenant, id) => {
      const row = await select(tenant).where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : toService(row);
    },
    insert: async (tenant, service) => {
      await transact('insertService', { tenant, service });
    },
    update: (tenant, id, update) => transact('updateService', { tenant, id, update }),
    delete: (tenant, id, ifVersion) => transact('removeService', { tenant, id, ifVersion }),
  };
}
