import type { PinStore } from '../../../catalog/pins/store.ts';
import type { Database } from '../database.ts';
import { toPin } from '../rows/stored-pins.ts';

/** The definitions of tools that are trusted, and those that wait. */
export function createPinStore({ query, transact }: Database): PinStore {
  return {
    list: async (tenant, serviceId) => {
      const rows = await query
        .selectFrom('definition_pin')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('service_id', '=', serviceId)
        .orderBy('tool')
        .execute();
      return rows.map(toPin);
    },
    stamps: (tenant) =>
      query
        .selectFrom('definition_pin')
        .select(['service_id as serviceId', 'tool', 'hash', 'pending_hash as pendingHash'])
        .select('pending_state as pendingState')
        .where('tenant_id', '=', tenant)
        .orderBy('service_id')
        .orderBy('tool')
        .execute(),
    observe: async (tenant, serviceId, seen, atMs, isFirst) => {
      await transact('observeDefinitions', { tenant, serviceId, seen, atMs, isFirst });
    },
    decide: (tenant, serviceId, decision) =>
      transact('decideDefinition', { tenant, serviceId, decision }),
  };
}
