import type { BundleStore } from '../../catalog/store.ts';
import type { Database } from './database.ts';
import { toBundle } from './rows/stored-rows.ts';

/** Bundles. */
export function createBundleStore({ query, transact }: Database): BundleStore {
  return {
    list: async (tenant) => {
      const rows = await query
        .selectFrom('bundle')
        .select(['id', 'tenant_id as tenant', 'slug', 'title', 'description', 'items'])
        .select(['created_at_ms as createdAtMs', 'updated_at_ms as updatedAtMs', 'version'])
        .where('tenant_id', '=', tenant)
        .orderBy('slug')
        .execute();
      return rows.map(toBundle);
    },
    insert: async (tenant, bundle) => {
      await transact('insertBundle', { tenant, bundle });
    },
    update: (tenant, id, update) => transact('updateBundle', { tenant, id, update }),
    delete: (tenant, id, ifVersion) => transact('removeBundle', { tenant, id, ifVersion }),
  };
}
