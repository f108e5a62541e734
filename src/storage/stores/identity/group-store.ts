import type { GroupStore } from '../../../identity/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { Database } from '../database.ts';
import { groupColumns, withRoles } from '../rows/identity-rows.ts';

/** Groups and who is in them. */
export function createGroupStore({ query, transact }: Database): GroupStore {
  const select = (tenant: TenantId) =>
    query.selectFrom('user_group').select(groupColumns).where('tenant_id', '=', tenant);
  return {
    list: async (tenant) => (await select(tenant).orderBy('id').execute()).map(withRoles),
    get: async (tenant, id) => {
      const row = await select(tenant).where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : withRoles(row);
    },
    insert: async (tenant, group, userIds = []) => {
      await transact('insertGroup', { tenant, group, userIds });
    },
    change: (tenant, id, change) => transact('changeGroup', { tenant, id, change }),
    update: (tenant, id, update) => transact('updateGroup', { tenant, id, update }),
    delete: (tenant, id, ifVersion) => transact('removeGroup', { tenant, id, ifVersion }),
    members: async (tenant, id) => {
      const rows = await query
        .selectFrom('group_member')
        .select('user_id')
        .where('tenant_id', '=', tenant)
        .where('group_id', '=', id)
        .orderBy('user_id')
        .execute();
      return rows.map((row) => row.user_id);
    },
    addMember: async (tenant, id, userId) => {
      await transact('addGroupMember', { tenant, id, userId });
    },
    removeMember: (tenant, id, userId) => transact('removeGroupMember', { tenant, id, userId }),
  };
}
