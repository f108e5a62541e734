import type { RoleStore } from '../../../identity/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { Database } from '../database.ts';
import { roleColumns, toRole } from '../rows/identity-rows.ts';

/** The roles of a tenant's own. */
export function createRoleStore({ query, transact }: Database): RoleStore {
  const select = (tenant: TenantId) =>
    query.selectFrom('role').select(roleColumns).where('tenant_id', '=', tenant);
  return {
    list: async (tenant) => (await select(tenant).orderBy('name').execute()).map(toRole),
    get: async (tenant, name) => {
      const row = await select(tenant).where('name', '=', name).executeTakeFirst();
      return row === undefined ? undefined : toRole(row);
    },
    insert: async (tenant, role) => {
      await transact('insertRole', { tenant, role });
    },
    update: (tenant, name, update) => transact('updateRole', { tenant, name, update }),
    delete: (tenant, name, ifVersion) => transact('removeRole', { tenant, name, ifVersion }),
  };
}
