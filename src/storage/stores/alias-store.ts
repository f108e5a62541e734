import type { AliasStore } from '../../catalog/store.ts';
import type { Database } from './database.ts';

/** Public names. */
export function createAliasStore({ query, transact }: Database): AliasStore {
  return {
    list: (tenant) =>
      query
        .selectFrom('service_alias')
        .select(['service_id as serviceId', 'kind', 'name', 'public_name as publicName'])
        .where('tenant_id', '=', tenant)
        .orderBy('kind')
        .orderBy('public_name')
        .execute(),
    insert: async (tenant, aliases) => {
      if (aliases.length > 0) await transact('insertAliases', { tenant, aliases });
    },
  };
}
