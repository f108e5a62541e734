import type { LeaseStore } from '../../jobs/store.ts';
import type { Database } from './database.ts';

/** Who runs which job. */
export function createLeaseStore({ query, transact }: Database): LeaseStore {
  return {
    acquire: async (job, holder, lifeMs, isStart = false) => {
      const taken = await transact('acquireLease', { job, holder, lifeMs, isStart });
      return taken ?? undefined;
    },
    renew: (fence, lifeMs) => transact('renewLease', { fence, lifeMs }),
    ran: (fence) => transact('noteJobRun', { fence }),
    release: async (fence) => {
      await transact('renewLease', { fence, lifeMs: 0 });
    },
    list: () =>
      query
        .selectFrom('job_lease')
        .select(['name', 'holder', 'number', 'expires_at_ms as expiresAtMs'])
        .select(['ran_at_ms as ranAtMs', 'ran_by as ranBy'])
        .orderBy('name')
        .execute(),
  };
}
