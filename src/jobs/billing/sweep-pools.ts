import type { PoolStore } from '../../billing/pools/store.ts';
import { limits } from '../../kernel/limits.ts';
import type { LeasedJob } from '../job.ts';

/**
 * Gives back what instances borrowed and do not give back themselves, `graceMs` after its time, and
 * takes away credit whose time is over.
 */
export function sweepPools(
  store: Pick<PoolStore, 'sweep'>,
  now: () => number,
  graceMs: number,
): LeasedJob {
  return {
    name: 'billing.pools',
    everyMs: limits.poolSweepMs,
    runMs: limits.jobRunMs,
    run: async (fence, signal) => {
      const { poolLeaseKeptMs: keptMs, poolSweepRowsMax: rowsMax } = limits;
      for (;;) {
        const hasMore = await store.sweep({ nowMs: now(), graceMs, keptMs, rowsMax }, fence);
        if (hasMore !== true || signal.aborted) return;
      }
    },
  };
}
