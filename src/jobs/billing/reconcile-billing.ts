import { compareFigures, type ReconciliationStore } from '../../billing/reconcile/store.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { LeasedJob } from '../job.ts';
import { eachTenant } from './each-tenant.ts';

/** What comparing the books with the records needs. */
export interface ReconcileOptions {
  readonly store: Pick<ReconciliationStore, 'tenants' | 'figures' | 'put'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}

/** Compares what was recorded, rated, charged and posted; keeps the result, logs differences. */
export function reconcileBilling({ store, now, log }: ReconcileOptions): LeasedJob {
  const name = 'billing.reconcile';
  return {
    name,
    everyMs: limits.billingReconcileMs,
    runMs: limits.jobRunMs,
    run: async (_fence, signal) => {
      await eachTenant(name, await store.tenants(), signal, log, async (tenant) => {
        const figures = await store.figures(tenant);
        const differences = compareFigures(figures);
        // A result says only what is in the database now, so any instance may write it.
        await store.put(tenant, { atMs: now(), figures, differences });
        const [first] = differences;
        if (first !== undefined) {
          const fields = { job: name, tenant, count: differences.length, reason: first };
          log.error(fields, 'the books do not agree');
        }
        return true;
      });
    },
  };
}
