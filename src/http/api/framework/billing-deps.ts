import type { CostStore } from '../../../billing/costs/store.ts';
import type { PlanStore, SubscriptionStore } from '../../../billing/plans/store.ts';
import type { ChargeStore } from '../../../billing/store.ts';

/** What the routes of billing need from the rest of the gateway. */
export interface BillingRouteDeps {
  readonly billing: {
    readonly plans: PlanStore;
    readonly subscriptions: SubscriptionStore;
    readonly costs: CostStore;
    readonly charges: Pick<ChargeStore, 'list'>;
  };
}
