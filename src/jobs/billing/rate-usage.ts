import type { ChargeStore } from '../../billing/store.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { LeasedJob } from '../job.ts';
import { stepTenants } from './each-tenant.ts';

/** Rates the records that wait for it, tenant by tenant. */
export function rateUsage(
  store: Pick<ChargeStore, 'pendingTenants' | 'rateUsage'>,
  now: () => number,
  log: Log,
): LeasedJob {
  const name = 'billing.rate';
  return {
    name,
    everyMs: limits.billingRateLookMs,
    runMs: limits.jobRunMs,
    run: async (fence, signal) => {
      const tenants = await store.pendingTenants();
      await stepTenants(name, tenants, signal, log, async (tenant) => {
        const rated = await store.rateUsage(tenant, now(), fence);
        if (rated !== undefined && rated.refused > 0) {
          log.error({ job: name, tenant, count: rated.refused }, 'usage cannot be rated');
        }
        return rated;
      });
    },
  };
}
