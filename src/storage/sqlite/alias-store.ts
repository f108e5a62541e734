import type { AliasStore } from '../../catalog/store.ts';
import type { DatabaseClient } from './database-client.ts';
import { toStatement, type QueryBuilder } from './query-builder.ts';

/** Public names in SQLite. */
export function createAliasStore(client: DatabaseClient, query: QueryBuilder): AliasStore {
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
      if (aliases.length === 0) return;
      const statements = aliases.map(({ serviceId, kind, name, publicName }) =>
        toStatement(
          query
            .insertInto('service_alias')
            .values({
              tenant_id: tenant,
              kind,
              public_name: publicName,
              service_id: serviceId,
              name,
            })
            .onConflict((conflict) =>
              conflict.columns(['tenant_id', 'service_id', 'kind', 'name']).doNothing(),
            )
            .compile(),
        ),
      );
      await client.runTogether(statements);
    },
  };
}
