import type { SignInSweepStore } from '../identity/store.ts';
import { limits } from '../kernel/limits.ts';
import type { LeasedJob } from './job.ts';

/** Deletes what of signing in has had its time; to do so twice does no harm and needs no fence. */
export function expireSignIns(store: SignInSweepStore, now: () => number): LeasedJob {
  return {
    name: 'sign-ins.expire',
    everyMs: limits.signInSweepMs,
    runMs: limits.jobRunMs,
    run: () => store.deleteExpired(now()),
  };
}
