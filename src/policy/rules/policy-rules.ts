import type { IdSource } from '../../kernel/ids.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { PolicyRule, PolicyRuleInput, PolicySettings, PolicyStore } from '../store.ts';
import type { PolicyBook } from './policy-book.ts';

/** What changing rules needs. */
export interface PolicyRulesContext {
  readonly store: PolicyStore;
  readonly book: PolicyBook;
  readonly ids: Pick<IdSource, 'next'>;
  readonly now: () => number;
}

/** What changes of the settings. */
export type SettingsChange = Partial<Pick<PolicySettings, 'mode' | 'bounds'>>;

/**
 * Stores what people decide about rules; this instance goes by it when the promise is resolved,
 * the others within a second. Rejects as the store does.
 */
export class PolicyRules {
  readonly #context: PolicyRulesContext;

  constructor(context: PolicyRulesContext) {
    this.#context = context;
  }

  /** All or none. */
  async create(
    tenant: TenantId,
    inputs: readonly PolicyRuleInput[],
  ): Promise<readonly PolicyRule[]> {
    const { store, book, ids, now } = this.#context;
    const nowMs = now();
    const rules = inputs.map((input) => {
      const made = { id: ids.next('pol'), tenant, createdAtMs: nowMs, updatedAtMs: nowMs };
      return { ...input, ...made, version: 1 };
    });
    await store.insertRules(tenant, rules);
    book.put(tenant, rules);
    return rules;
  }

  /** What it is then; undefined when there is none. */
  async update(
    tenant: TenantId,
    id: string,
    input: PolicyRuleInput,
    ifVersion: number | undefined,
  ): Promise<PolicyRule | undefined> {
    const { store, book, now } = this.#context;
    const rule = await store.updateRule(tenant, id, { input, updatedAtMs: now(), ifVersion });
    if (rule !== undefined) book.put(tenant, [rule]);
    return rule;
  }

  /** False when there is none. */
  async remove(tenant: TenantId, id: string, ifVersion: number | undefined): Promise<boolean> {
    const { store, book } = this.#context;
    const isRemoved = await store.deleteRule(tenant, id, ifVersion);
    book.remove(tenant, id);
    return isRemoved;
  }

  async change(
    tenant: TenantId,
    change: SettingsChange,
    ifVersion: number | undefined,
  ): Promise<PolicySettings> {
    const { store, book, now } = this.#context;
    const settings = await store.putSettings(tenant, {
      ...change,
      updatedAtMs: now(),
      ifVersion,
    });
    book.putSettings(tenant, settings);
    return settings;
  }
}
