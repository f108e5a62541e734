import type { TenantStore } from '../../../identity/store.ts';
import type { Database } from '../database.ts';
import { tenantColumns, toTenant } from '../rows/identity-rows.ts';

/** Tenants. */
export function createTenantStore({ query, transact }: Database): TenantStore {
  return {
    list: async () => {
      const rows = await query
        .selectFrom('tenant')
        .select(tenantColumns)
        .orderBy('is_operator', 'desc')
        .orderBy('id')
        .execute();
      return rows.map(toTenant);
    },
    get: async (tenant) => {
      const row = await query
        .selectFrom('tenant')
        .select(tenantColumns)
        .where('id', '=', tenant)
        .executeTakeFirst();
      return row === undefined ? undefined : toTenant(row);
    },
    create: async (created) => {
      await transact('createTenant', created);
    },
    update: (tenant, update) => transact('updateTenant', { tenant, update }),
  };
}
