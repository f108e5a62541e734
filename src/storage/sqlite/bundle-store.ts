import type { Bundle, BundleItem, BundleStore } from '../../catalog/store.ts';
import type { QueryBuilder } from './query-builder.ts';

/** Bundles in SQLite. */
export function createBundleStore(query: QueryBuilder): BundleStore {
  return {
    list: async (tenant) => {
      const rows = await query
        .selectFrom('bundle')
        .select(['id', 'tenant_id as tenant', 'slug', 'title', 'description', 'items'])
        .select(['created_at_ms as createdAtMs', 'updated_at_ms as updatedAtMs'])
        .where('tenant_id', '=', tenant)
        .orderBy('slug')
        .execute();
      return rows.map(({ items, ...row }) => ({
        ...row,
        items: JSON.parse(items) as readonly BundleItem[],
      }));
    },
    insert: async (tenant, bundle) => {
      const { id, slug, createdAtMs } = bundle;
      await query
        .insertInto('bundle')
        .values({
          tenant_id: tenant,
          id,
          slug,
          created_at_ms: createdAtMs,
          ...changeable(bundle),
        })
        .execute();
    },
    update: async (tenant, bundle) => {
      const [result] = await query
        .updateTable('bundle')
        .set(changeable(bundle))
        .where('tenant_id', '=', tenant)
        .where('id', '=', bundle.id)
        .execute();
      return (result?.numUpdatedRows ?? 0n) > 0n;
    },
    delete: async (tenant, id) => {
      const [result] = await query
        .deleteFrom('bundle')
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .execute();
      return (result?.numDeletedRows ?? 0n) > 0n;
    },
  };
}

function changeable({ title, description, items, updatedAtMs }: Bundle) {
  return { title, description, items: JSON.stringify(items), updated_at_ms: updatedAtMs };
}
