import type { RingKeyStore } from '../../../identity/store.ts';
import type { Database } from '../database.ts';

/** The keys that the data was made with. */
export function createRingKeyStore({ query }: Database): RingKeyStore {
  return {
    list: () =>
      query
        .selectFrom('ring_key')
        .select(['id', 'fingerprint', 'secret', 'rank', 'created_at_ms as createdAtMs'])
        .orderBy('rank', 'desc')
        .orderBy('id')
        .execute(),
    add: async ({ createdAtMs, ...row }) => {
      await query
        .insertInto('ring_key')
        .values({ ...row, created_at_ms: createdAtMs })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
    },
    setRank: async (id, rank) => {
      const [result] = await query
        .updateTable('ring_key')
        .set({ rank })
        .where('id', '=', id)
        .execute();
      return (result?.numUpdatedRows ?? 0n) > 0n;
    },
    remove: async (id) => {
      const [result] = await query.deleteFrom('ring_key').where('id', '=', id).execute();
      return (result?.numDeletedRows ?? 0n) > 0n;
    },
  };
}
