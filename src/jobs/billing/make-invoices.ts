import type { InvoiceSeller, InvoiceStore } from '../../billing/invoices/store.ts';
import type { ChargeStore } from '../../billing/store.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { LeasedJob } from '../job.ts';
import { eachTenant } from './each-tenant.ts';

/** What making invoices needs. */
export interface InvoicingContext {
  readonly charges: Pick<ChargeStore, 'subscribedTenants'>;
  readonly invoices: Pick<InvoiceStore, 'draft'>;
  readonly seller: InvoiceSeller;
  /** Epoch milliseconds. */
  now(): number;
  readonly log: Log;
}

/** Makes drafts of invoices for periods that are closed, tenant by tenant. */
export function makeInvoices(context: InvoicingContext): LeasedJob {
  const { charges, invoices, seller, now, log } = context;
  const name = 'billing.invoices';
  return {
    name,
    everyMs: limits.invoiceLookMs,
    runMs: limits.jobRunMs,
    run: async (fence, signal) => {
      const tenants = await charges.subscribedTenants();
      await eachTenant(name, tenants, signal, log, async (tenant) => {
        for (;;) {
          const drafted = await invoices.draft(tenant, { nowMs: now(), seller, fence });
          if (drafted === undefined) return false;
          if (!drafted.hasMore || signal.aborted) return true;
        }
      });
    },
  };
}
