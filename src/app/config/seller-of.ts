import type { InvoiceSeller } from '../../billing/invoices/store.ts';
import type { Config } from './config-schema.ts';

const DAY_MS = 86_400_000;

/** Who sends invoices, as the configuration says. */
export function sellerOf({ billing }: Pick<Config, 'billing'>): InvoiceSeller {
  const { seller, invoiceSeries, creditNoteSeries, dueDays } = billing;
  return {
    ...seller,
    series: invoiceSeries,
    creditSeries: creditNoteSeries,
    dueMs: dueDays * DAY_MS,
  };
}
