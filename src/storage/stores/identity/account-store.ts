import type { AccountStore } from '../../../identity/store.ts';
import type { Database } from '../database.ts';
import { accountColumns, membershipColumns, withRoles } from '../rows/identity-rows.ts';

/** People, whatever tenants they are in. */
export function createAccountStore({ query, transact }: Database): AccountStore {
  const by = (column: 'id' | 'login' | 'email', value: string) =>
    query.selectFrom('account').select(accountColumns).where(column, '=', value).executeTakeFirst();
  return {
    get: (userId) => by('id', userId),
    findByLogin: (login) => by('login', login),
    findByEmail: (email) => by('email', email),
    update: (userId, update) => transact('updateAccount', { userId, update }),
    memberships: async (userId) => {
      const rows = await query
        .selectFrom('membership')
        .select(membershipColumns)
        .where('user_id', '=', userId)
        .orderBy('tenant_id')
        .execute();
      return rows.map(withRoles);
    },
  };
}
