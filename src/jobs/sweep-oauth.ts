import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { OAuthClientStore } from '../identity/store.ts';
import type { LeasedJob } from './job.ts';

/** Deletes what flows left behind, and clients that registered themselves and are not used. */
export function sweepOAuth(store: Pick<OAuthClientStore, 'sweep'>, now: () => number): LeasedJob {
  return {
    name: 'oauth.sweep',
    everyMs: limits.oauthSweepMs,
    runMs: limits.jobRunMs,
    run: async (fence) => {
      const nowMs = now();
      const sweep = {
        nowMs,
        unusedBeforeMs: nowMs - limits.oauthUnusedClientMs,
        usedBeforeMs: nowMs - limits.oauthIdleClientMs,
      };
      if (await store.sweep(sweep, fence)) return;
      throw new GatewayError('conflict', 'Another instance holds this job.');
    },
  };
}
