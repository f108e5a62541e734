import type { SubscriptionStore } from '../../../billing/plans/store.ts';
import type { Database } from '../database.ts';
import { toSubscription } from '../rows/plan-rows.ts';

/** Who is on which plan. */
export function createSubscriptionStore({ query, transact }: Database): SubscriptionStore {
  const rows = () => query.selectFrom('subscription').selectAll();
  return {
    list: async (tenant) => {
      const found = await rows().where('tenant_id', '=', tenant).orderBy('starts_at_ms').execute();
      return found.map(toSubscription);
    },
    listAll: async (after, rowsMax) => {
      let all = rows().orderBy('tenant_id').orderBy('id').limit(rowsMax);
      if (after !== undefined) {
        const { tenant, id } = after;
        all = all.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('tenant_id', 'id'), '>', tuple(tenant as never, id)),
        );
      }
      return (await all.execute()).map(toSubscription);
    },
    get: async (tenant, id) => {
      const row = await rows()
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? undefined : toSubscription(row);
    },
    at: async (tenant, atMs) => {
      const row = await rows()
        .where('tenant_id', '=', tenant)
        .where('starts_at_ms', '<=', atMs)
        .orderBy('starts_at_ms', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (row === undefined || (row.ends_at_ms !== null && row.ends_at_ms <= atMs))
        return undefined;
      return toSubscription(row);
    },
    insert: async (tenant, subscription) => {
      await transact('insertSubscription', { tenant, subscription });
    },
    end: (tenant, id, end) => transact('endSubscription', { tenant, id, end }),
  };
}
