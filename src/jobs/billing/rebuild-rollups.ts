import type { RollupStore } from '../../billing/analytics/store.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { LeasedJob } from '../job.ts';
import { eachTenant } from './each-tenant.ts';

/**
 * Makes sums by the hour and the day again for the tenants that wait for it: all that had usage
 * before there were any, and those for which it was asked. What is interrupted goes on from there.
 */
export function rebuildRollups(store: Omit<RollupStore, 'startRebuild'>, log: Log): LeasedJob {
  const name = 'billing.rollups';
  return {
    name,
    everyMs: limits.rollupRebuildLookMs,
    runMs: limits.jobRunMs,
    run: async (_fence, signal) => {
      await eachTenant(name, await store.rebuilding(), signal, log, async (tenant) => {
        // Every part is a transaction that moves a cursor, so any instance may do it.
        while (!signal.aborted && (await store.rebuildSome(tenant)));
        return true;
      });
    },
  };
}
