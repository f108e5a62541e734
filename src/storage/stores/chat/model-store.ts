import type { ModelStore } from '../../../chat/models/store.ts';
import type { Database } from '../database.ts';
import { toPrice, toProvider } from '../rows/model-rows.ts';

/** The providers and prices of tenants. */
export function createModelStore({ query, transact }: Database): ModelStore {
  return {
    providers: async (tenant) => {
      const rows = await query
        .selectFrom('model_provider')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .orderBy('id')
        .execute();
      return rows.map((row) => toProvider(row));
    },
    provider: async (tenant, id) => {
      const row = await query
        .selectFrom('model_provider')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .executeTakeFirst();
      return row && toProvider(row);
    },
    insert: (tenant, provider, sealed) =>
      transact('insertModelProvider', { tenant, provider, sealed }),
    update: (tenant, id, update) => transact('updateModelProvider', { tenant, id, update }),
    delete: (tenant, id, ifVersion) => transact('removeModelProvider', { tenant, id, ifVersion }),
    prices: async (tenant) => {
      const rows = await query
        .selectFrom('model_price')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .orderBy('model')
        .orderBy('valid_from_ms', 'desc')
        .execute();
      return rows.map((row) => toPrice(row));
    },
    insertPrice: async (tenant, price) => {
      await transact('insertModelPrice', { tenant, price });
      return price;
    },
    deletePrice: (tenant, id) => transact('removeModelPrice', { tenant, id }),
  };
}
