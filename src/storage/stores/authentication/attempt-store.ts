import type { AttemptStore, SignInSweepStore } from '../../../identity/store.ts';
import type { Database } from '../database.ts';

/** Attempts to sign in. */
export function createAttemptStore({ transact }: Database): AttemptStore & SignInSweepStore {
  return {
    begin: async (keys, nowMs) => (await transact('beginAttempt', { keys, nowMs })) ?? undefined,
    succeed: async (account, address) => {
      await transact('succeedAttempt', { account, address });
    },
    deleteExpired: async (nowMs) => {
      await transact('deleteExpiredSignIns', { nowMs });
    },
  };
}
