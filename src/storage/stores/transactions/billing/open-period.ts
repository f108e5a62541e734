import {
  openingCharges,
  openingRecurring,
  type BookedPeriod,
  type Period,
  type SubscribedPlan,
} from '../../../../billing/store.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql } from '../../sql.ts';
import { change, type Steps } from '../../transaction.ts';
import { bookedPeriod } from './booked-period.ts';
import { payFees } from './pools/pay-fees.ts';
import { writeCharges, writeMeters } from './write-books.ts';

/** The period as it is in the books; one that is not is opened, and what is due then charged. */
export function* openPeriod(
  tenant: TenantId,
  plan: SubscribedPlan,
  period: Period,
  nowMs: number,
): Steps<BookedPeriod> {
  const { id: subscriptionId } = plan.subscription;
  const booked = yield* bookedPeriod(tenant, subscriptionId, period.startMs);
  if (booked !== undefined) return booked;
  const { charges, meters } = openingCharges(plan, period, nowMs);
  yield* change(sql`INSERT INTO billing_period (tenant_id, subscription_id, start_ms, end_ms,
      opened_at_ms)
    VALUES (${tenant}, ${subscriptionId}, ${period.startMs}, ${period.endMs}, ${nowMs})`);
  const due = [...charges, ...openingRecurring(plan, period, nowMs)];
  yield* writeCharges(tenant, due);
  yield* writeMeters(tenant, meters);
  yield* payFees(tenant, plan, due, nowMs);
  return { subscriptionId, ...period, share: null };
}
