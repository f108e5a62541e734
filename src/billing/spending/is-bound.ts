import type { TenantId } from '../../kernel/principal.ts';
import type { BudgetBook } from './budget-book.ts';

/** What can put a limit to what a tenant's calls cost. */
export interface BoundBy {
  /** `prepaid`: tenants with a plan that is prepaid, now or later. */
  readonly plans: { readonly prepaid: ReadonlySet<TenantId> };
  readonly budgets: Pick<BudgetBook, 'tenants' | 'of'>;
}

/** Whether calls of a tenant can cost it anything that has a limit. */
export function isBound({ plans, budgets }: BoundBy, tenant: TenantId): boolean {
  if (plans.prepaid.size + budgets.tenants === 0) return false;
  return plans.prepaid.has(tenant) || budgets.of(tenant) !== undefined;
}
