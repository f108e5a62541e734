import type { TenantId } from '../../kernel/principal.ts';
import type { BudgetStore } from '../pools/store.ts';
import type { KnownBudget } from './known-budget.ts';

/** The budgets of all tenants, as this instance knows them. */
export class BudgetBook {
  readonly #store: Pick<BudgetStore, 'list'>;
  /** Tenants without any are absent. */
  readonly #tenants = new Map<TenantId, readonly KnownBudget[]>();

  constructor(store: Pick<BudgetStore, 'list'>) {
    this.#store = store;
  }

  /** How many tenants have some. */
  get tenants(): number {
    return this.#tenants.size;
  }

  /** Reads a tenant's budgets, at the start and when any instance changed some. */
  async load(tenant: TenantId): Promise<void> {
    const budgets = await this.#store.list(tenant);
    if (budgets.length === 0) {
      this.#tenants.delete(tenant);
      return;
    }
    // Most gateways have none, and the code of calendars comes with them.
    const { KnownBudget: Known } = await import('./known-budget.ts');
    this.#tenants.set(
      tenant,
      budgets.map((one) => new Known(one)),
    );
  }

  of(tenant: TenantId): readonly KnownBudget[] | undefined {
    return this.#tenants.get(tenant);
  }
}
