import { PlanBook } from '../../../billing/plan-book.ts';
import type { Bus } from '../../../kernel/bus.ts';
import type { Log } from '../../../kernel/log.ts';
import { tenantId } from '../../../kernel/principal.ts';
import type { Storage } from '../../../storage/storage.ts';

/** Builds the book of the tenants' plans, which follows what is changed here at once. */
export function buildPlanBook(
  { subscriptions, plans }: Pick<Storage, 'subscriptions' | 'plans'>,
  bus: Bus,
  log: Log,
): PlanBook {
  const book = new PlanBook({
    subscriptions,
    plans,
    now: Date.now,
    offerChanged: (tenant) => bus.emit('policy.changed', { tenant }),
  });
  bus.on('domain.changed', ({ domain, tenant }) => {
    if (domain !== 'plans') return;
    book.load(tenantId(tenant)).catch((error: unknown) => {
      // The look at what others changed reads it again.
      log.warn({ tenant, error: String(error) }, 'the plan of a tenant could not be read');
    });
  });
  return book;
}
