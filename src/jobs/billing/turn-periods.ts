import type { ChargeStore } from '../../billing/store.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { LeasedJob } from '../job.ts';
import { stepTenants } from './each-tenant.ts';

/** Opens billing periods that have begun and closes those that are over. */
export function turnPeriods(
  store: Pick<ChargeStore, 'subscribedTenants' | 'turnPeriods'>,
  now: () => number,
  log: Log,
): LeasedJob {
  const name = 'billing.periods';
  return {
    name,
    everyMs: limits.billingPeriodLookMs,
    runMs: limits.jobRunMs,
    run: async (fence, signal) => {
      const tenants = await store.subscribedTenants();
      await stepTenants(name, tenants, signal, log, async (tenant) => {
        const hasMore = await store.turnPeriods(tenant, now(), fence);
        return hasMore === undefined ? undefined : { hasMore };
      });
    },
  };
}
