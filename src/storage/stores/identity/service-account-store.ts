import type { ServiceAccountStore } from '../../../identity/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { Database } from '../database.ts';
import { serviceAccountColumns, withRoles } from '../rows/identity-rows.ts';

/** Service accounts. */
export function createServiceAccountStore({ query, transact }: Database): ServiceAccountStore {
  const select = (tenant: TenantId) =>
    query
      .selectFrom('service_account')
      .select(serviceAccountColumns)
      .where('tenant_id', '=', tenant);
  return {
    list: async (tenant) => (await select(tenant).orderBy('id').execute()).map(withRoles),
    get: async (tenant, id) => {
      const row = await select(tenant).where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : withRoles(row);
    },
    insert: async (tenant, serviceAccount) => {
      await transact('insertServiceAccount', { tenant, serviceAccount });
    },
    update: (tenant, id, update) => transact('updateServiceAccount', { tenant, id, update }),
    remove: (tenant, id, { atMs, ifVersion }) =>
      transact('removeServiceAccount', { tenant, id, atMs, ifVersion }),
  };
}
