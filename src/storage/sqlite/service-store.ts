import type { Service, ServiceStore } from '../../catalog/store.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { DatabaseClient } from './database-client.ts';
import { toStatement, type QueryBuilder } from './query-builder.ts';

/** Registered services in SQLite. */
export function createServiceStore(client: DatabaseClient, query: QueryBuilder): ServiceStore {
  const select = (tenant: TenantId) =>
    query
      .selectFrom('service')
      .select(['id', 'tenant_id as tenant', 'slug', 'kind', 'title', 'enabled', 'config'])
      .select(['created_at_ms as createdAtMs', 'updated_at_ms as updatedAtMs'])
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
      await query
        .insertInto('service')
        .values({
          tenant_id: tenant,
          id: service.id,
          slug: service.slug,
          kind: service.kind,
          created_at_ms: service.createdAtMs,
          ...changeable(service),
        })
        .execute();
    },
    update: async (tenant, service) => {
      const [result] = await query
        .updateTable('service')
        .set(changeable(service))
        .where('tenant_id', '=', tenant)
        .where('id', '=', service.id)
        .execute();
      return (result?.numUpdatedRows ?? 0n) > 0n;
    },
    delete: async (tenant, id) => {
      const secrets = query
        .deleteFrom('service_secret')
        .where('tenant_id', '=', tenant)
        .where('service_id', '=', id);
      const service = query
        .deleteFrom('service')
        .where('tenant_id', '=', tenant)
        .where('id', '=', id);
      const statements = [secrets.compile(), service.compile()].map(toStatement);
      const results = await client.runTogether(statements);
      return (results[1]?.changes ?? 0) > 0;
    },
  };
}

function changeable(service: Service) {
  return {
    title: service.title,
    enabled: service.enabled ? 1 : 0,
    config: JSON.stringify(service.config),
    updated_at_ms: service.updatedAtMs,
  };
}

type ServiceRow = Omit<Service, 'enabled' | 'config'> & { enabled: number; config: string };

function toService(row: ServiceRow): Service {
  return { ...row, enabled: row.enabled === 1, config: JSON.parse(row.config) as JsonObject };
}
