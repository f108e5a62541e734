import type { SecretStore } from '../../catalog/store.ts';
import type { DatabaseClient } from './database-client.ts';
import { toStatement, type QueryBuilder } from './query-builder.ts';

/** Sealed secrets in SQLite. */
export function createSecretStore(client: DatabaseClient, query: QueryBuilder): SecretStore {
  return {
    put: async (tenant, serviceId, sealed) => {
      const statements = Object.entries(sealed).map(([name, value]) =>
        toStatement(
          query
            .insertInto('service_secret')
            .values({ tenant_id: tenant, service_id: serviceId, name, sealed: value })
            .onConflict((conflict) =>
              conflict.columns(['tenant_id', 'service_id', 'name']).doUpdateSet({ sealed: value }),
            )
            .compile(),
        ),
      );
      if (statements.length > 0) await client.runTogether(statements);
    },
    get: async (tenant, serviceId, name) => {
      const row = await query
        .selectFrom('service_secret')
        .select('sealed')
        .where('tenant_id', '=', tenant)
        .where('service_id', '=', serviceId)
        .where('name', '=', name)
        .executeTakeFirst();
      return row?.sealed;
    },
    names: async (tenant, serviceId) => {
      const rows = await query
        .selectFrom('service_secret')
        .select('name')
        .where('tenant_id', '=', tenant)
        .where('service_id', '=', serviceId)
        .orderBy('name')
        .execute();
      return rows.map(({ name }) => name);
    },
  };
}
