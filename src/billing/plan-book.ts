import { RecentMap } from '../kernel/recent/recent-map.ts';
import { limits } from '../kernel/limits.ts';
import type { TenantId } from '../kernel/principal.ts';
import type { AskedFacts } from './rules/asked-facts.ts';
import type { CompiledRules } from './rules/compile-rules.ts';
import type {
  PlanStore,
  StoredPlanVersion,
  StoredSubscription,
  SubscriptionStore,
} from './plans/store.ts';

/** A subscription with its terms, made ready to be asked often. */
export interface CurrentPlan {
  readonly subscription: StoredSubscription;
  readonly version: StoredPlanVersion;
  readonly rules: CompiledRules;
  readonly asked: AskedFacts | undefined;
}

/** What the plans of all tenants are made from. */
export interface PlanBookContext {
  readonly subscriptions: Pick<SubscriptionStore, 'list'>;
  readonly plans: Pick<PlanStore, 'versionById'>;
  /** Epoch milliseconds. */
  now(): number;
}

/** Which plan every tenant is on, as this instance knows it. */
export class PlanBook {
  readonly #context: PlanBookContext;
  /** In the order of their starts; tenants without a plan are absent. */
  readonly #tenants = new Map<TenantId, readonly CurrentPlan[]>();
  /** Compiled once: a published version never changes. */
  readonly #compiled = new RecentMap<string, Omit<CurrentPlan, 'subscription'>>(
    limits.plansCompiledMax,
  );

  constructor(context: PlanBookContext) {
    this.#context = context;
  }

  /** Reads a tenant's subscriptions, at the start and when any instance changed some. */
  async load(tenant: TenantId): Promise<void> {
    const nowMs = this.#context.now();
    const all = await this.#context.subscriptions.list(tenant);
    const open = all.filter(({ endsAtMs }) => endsAtMs === null || endsAtMs > nowMs);
    const plans: CurrentPlan[] = [];
    for (const subscription of open) {
      const compiled = await this.#compile(subscription.planVersionId);
      if (compiled !== undefined) plans.push({ subscription, ...compiled });
    }
    if (plans.length === 0) this.#tenants.delete(tenant);
    else this.#tenants.set(tenant, plans);
  }

  /** The plan that a tenant is on now. */
  of(tenant: TenantId): CurrentPlan | undefined {
    const plans = this.#tenants.get(tenant);
    if (plans === undefined) return undefined;
    const nowMs = this.#context.now();
    return plans.find(
      ({ subscription: { startsAtMs, endsAtMs } }) =>
        startsAtMs <= nowMs && (endsAtMs === null || nowMs < endsAtMs),
    );
  }

  async #compile(id: string): Promise<Omit<CurrentPlan, 'subscription'> | undefined> {
    const known = this.#compiled.get(id);
    if (known !== undefined) return known;
    const version = await this.#context.plans.versionById(id);
    if (version === undefined) return undefined;
    // Loaded now: a gateway that sells nothing needs none of it.
    const [{ compileRules }, { askedFacts }] = await Promise.all([
      import('./rules/compile-rules.ts'),
      import('./rules/asked-facts.ts'),
    ]);
    const { rules, currency } = version.terms;
    const made = { version, rules: compileRules(rules, currency), asked: askedFacts(rules) };
    this.#compiled.set(id, made);
    return made;
  }
}
