import type { TenantId } from '../../kernel/principal.ts';
import type { BillingFigures, Reconciliation } from './billing-figures.ts';

export type { BillingFigures, CurrencySums, Reconciliation } from './billing-figures.ts';
export { compareFigures } from './compare-figures.ts';

/** Whether what was recorded was rated, charged and posted. */
export interface ReconciliationStore {
  /** Those who have usage: of others there is nothing to compare. */
  tenants(): Promise<readonly TenantId[]>;
  /** Counts and adds everything up at one moment. */
  figures(tenant: TenantId): Promise<BillingFigures>;
  put(tenant: TenantId, result: Reconciliation): Promise<void>;
  get(tenant: TenantId): Promise<Reconciliation | undefined>;
}
