import type { SecondFactorStore } from '../../../identity/store.ts';
import type { Database } from '../database.ts';

/** Second factors. */
export function createSecondFactorStore({ query, transact }: Database): SecondFactorStore {
  return {
    get: async (userId) => {
      const row = await query
        .selectFrom('second_factor')
        .select(['user_id as userId', 'secret_sealed as secretSealed', 'last_step as lastStep'])
        .select(['confirmed_at_ms as confirmedAtMs', 'recovery_hashes as hashes'])
        .where('user_id', '=', userId)
        .where('kind', '=', 'totp')
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const { hashes, ...factor } = row;
      return { ...factor, recoveryHashes: JSON.parse(hashes) as readonly string[] };
    },
    enrol: (factor) => transact('enrolSecondFactor', { factor }),
    confirm: async (userId, step, atMs, recovery) => {
      const { numUpdatedRows } = await query
        .updateTable('second_factor')
        .set({
          confirmed_at_ms: atMs,
          last_step: step,
          recovery_hashes: JSON.stringify(recovery),
        })
        .where('user_id', '=', userId)
        .where('kind', '=', 'totp')
        .where('confirmed_at_ms', 'is', null)
        .where('last_step', '<', step)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    takeStep: async (userId, step) => {
      const { numUpdatedRows } = await query
        .updateTable('second_factor')
        .set({ last_step: step })
        .where('user_id', '=', userId)
        .where('kind', '=', 'totp')
        .where('confirmed_at_ms', 'is not', null)
        .where('last_step', '<', step)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    takeRecovery: (userId, hash) => transact('takeRecoveryCode', { userId, hash }),
    remove: async (userId) => {
      const { numDeletedRows } = await query
        .deleteFrom('second_factor')
        .where('user_id', '=', userId)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}
