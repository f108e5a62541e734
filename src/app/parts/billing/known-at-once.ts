import type { PlanBook } from '../../../billing/plan-book.ts';
import type { SubscriptionStore } from '../../../billing/plans/store.ts';
import type { BudgetStore } from '../../../billing/pools/store.ts';
import type { BudgetBook } from '../../../billing/spending/budget-book.ts';
import type { Log } from '../../../kernel/log.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { Storage } from '../../../storage/storage.ts';

/** What this instance knows of plans and budgets. */
export interface SpendingBooks {
  readonly planBook: Pick<PlanBook, 'load'>;
  readonly budgetBook: Pick<BudgetBook, 'load'>;
  readonly log: Log;
}

/**
 * The same stores; a change is acknowledged when this instance goes by it. Whoever put a tenant on
 * a prepaid plan, or gave it a budget, then finds the very next call bound by it.
 */
export function knownAtOnce(
  { subscriptions, budgets }: Pick<Storage, 'subscriptions' | 'budgets'>,
  { planBook, budgetBook, log }: SpendingBooks,
): { readonly subscriptions: SubscriptionStore; readonly budgets: BudgetStore } {
  const then = async (tenant: TenantId, load: (tenant: TenantId) => Promise<void>) => {
    try {
      await load(tenant);
    } catch (error) {
      // The change is made; the look at what others changed reads it again.
      log.warn({ tenant, error: String(error) }, 'a change of plans or budgets could not be read');
    }
  };
  const after =
    <Rest extends readonly unknown[], Result>(
      change: (tenant: TenantId, ...rest: Rest) => Promise<Result>,
      load: (tenant: TenantId) => Promise<void>,
    ) =>
    async (tenant: TenantId, ...rest: Rest): Promise<Result> => {
      const result = await change(tenant, ...rest);
      await then(tenant, load);
      return result;
    };
  const plans = (tenant: TenantId): Promise<void> => planBook.load(tenant);
  const limits = (tenant: TenantId): Promise<void> => budgetBook.load(tenant);
  return {
    subscriptions: {
      ...subscriptions,
      insert: after(subscriptions.insert, plans),
      end: after(subscriptions.end, plans),
    },
    budgets: {
      ...budgets,
      insert: after(budgets.insert, limits),
      update: after(budgets.update, limits),
      delete: after(budgets.delete, limits),
    },
  };
}
