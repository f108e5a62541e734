import type { SessionStore } from '../gateway/store.ts';
import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { LeasedJob } from './job.ts';

/** Deletes the rows of sessions whose time is over, whoever made them. */
export function expireSessions(
  store: Pick<SessionStore, 'deleteAllExpired'>,
  now: () => number,
): LeasedJob {
  return {
    name: 'sessions.expire',
    everyMs: limits.managedSessionDeleteMs,
    runMs: limits.jobRunMs,
    run: async (fence) => {
      if (await store.deleteAllExpired(now(), fence)) return;
      throw new GatewayError('conflict', 'Another instance holds this job.');
    },
  };
}
