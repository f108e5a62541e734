import { unusualSpend, type CostStore, type UnusualSpendTerms } from '../../billing/costs/store.ts';
import { toNano } from '../../kernel/exact.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import { formatMoney } from '../../kernel/money.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { WebhookStore } from '../../webhooks/store.ts';
import type { LeasedJob } from '../job.ts';
import { eachTenant } from './each-tenant.ts';

/** What watching the spending needs. */
export interface SpendWatchOptions {
  readonly costs: Pick<CostStore, 'recentSpend'>;
  readonly webhooks: Pick<WebhookStore, 'add'>;
  /** Tenants that can be charged. */
  readonly tenants: () => Promise<readonly TenantId[]>;
  readonly terms: UnusualSpendTerms;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}

const HOUR_MS = 3_600_000;

/** Tells of unusual spending: of a currency at most once in an hour of the clock. */
export function watchSpend(options: SpendWatchOptions): LeasedJob {
  const { costs, webhooks, tenants, terms, now, log } = options;
  const name = 'billing.spend';
  return {
    name,
    everyMs: limits.spendWatchMs,
    runMs: limits.jobRunMs,
    run: async (_fence, signal) => {
      await eachTenant(name, await tenants(), signal, log, async (tenant) => {
        const nowMs = now();
        for (const { currency, ...sample } of await costs.recentSpend(tenant, nowMs)) {
          const found = unusualSpend(sample, terms, nowMs);
          if (found === undefined) continue;
          // The same event twice has the same id, so any instance may write it.
          await webhooks.add(tenant, {
            topic: 'spend.unusual',
            purpose: [currency, String(Math.floor(nowMs / HOUR_MS))],
            atMs: nowMs,
            data: {
              currency,
              lastHour: formatMoney(found.lastHour),
              meanHour: formatMoney(toNano(found.meanHour)),
              percent: String(terms.percent),
            },
          });
        }
        return true;
      });
    },
  };
}
