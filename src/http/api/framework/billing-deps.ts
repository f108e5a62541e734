import type { AnalyticsStore } from '../../../billing/analytics/store.ts';
import type { CostStore } from '../../../billing/costs/store.ts';
import type {
  BillingDetailsStore,
  CouponStore,
  InvoiceSeller,
  InvoiceStore,
  OneOffStore,
} from '../../../billing/invoices/store.ts';
import type { PlanStore, SubscriptionStore } from '../../../billing/plans/store.ts';
import type { BudgetStore, CreditStore, PoolStore } from '../../../billing/pools/store.ts';
import type { StatementStore } from '../../../billing/statements/store.ts';
import type { ChargeStore, VerificationStore } from '../../../billing/store.ts';
import type { ServiceStore } from '../../../catalog/store.ts';

/** What the routes of billing need from the rest of the gateway. */
export interface BillingRouteDeps {
  readonly billing: {
    readonly plans: PlanStore;
    readonly subscriptions: SubscriptionStore;
    readonly costs: CostStore;
    readonly credit: CreditStore;
    readonly pools: Pick<PoolStore, 'list' | 'openLeases'>;
    readonly budgets: BudgetStore;
    readonly invoices: InvoiceStore;
    readonly coupons: CouponStore;
    readonly billingDetails: BillingDetailsStore;
    readonly oneOffs: OneOffStore;
    readonly statements: StatementStore;
    readonly charges: Pick<ChargeStore, 'list' | 'subscribedTenants'>;
    readonly services: Pick<ServiceStore, 'list'>;
    readonly verifications: Pick<VerificationStore, 'services'>;
    readonly analytics: AnalyticsStore;
  };
  /** Who sends invoices. */
  readonly seller: InvoiceSeller;
}
