import { RecentMap } from '../kernel/recent/recent-map.ts';
import { limits } from '../kernel/limits.ts';
import type { TenantId } from '../kernel/principal.ts';
import type { CompiledPlan, CurrentPlan, ShownCost } from './current-plan.ts';
import { isTrial } from './plans/is-trial.ts';
import type { PlanStore, StoredSubscription, SubscriptionStore } from './plans/store.ts';
import type { Offer } from './rules/offer.ts';

export type { CurrentPlan } from './current-plan.ts';

/** What the plans of all tenants are made from. */
export interface PlanBookContext {
  readonly subscriptions: Pick<SubscriptionStore, 'list'>;
  readonly plans: Pick<PlanStore, 'versionById'>;
  /** Epoch milliseconds. */
  now(): number;
  /** Called when a plan with another offer holds for a tenant. */
  offerChanged?(tenant: TenantId): void;
}

/** Which plan every tenant is on, as this instance knows it. */
export class PlanBook implements Disposable {
  readonly #context: PlanBookContext;
  /** In the order of their starts; tenants without a plan are absent. */
  readonly #tenants = new Map<TenantId, readonly CurrentPlan[]>();
  readonly #prepaid = new Set<TenantId>();
  /** Compiled once: a published version never changes. */
  readonly #compiled = new RecentMap<string, CompiledPlan>(limits.plansCompiledMax);
  /** What was announced last of each tenant, and what waits for the next plan to begin or end. */
  readonly #announced = new Map<TenantId, Offer>();
  readonly #timers = new Map<TenantId, NodeJS.Timeout>();

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
      if (compiled !== undefined) plans.push(currentPlan(subscription, compiled));
    }
    if (plans.length === 0) this.#tenants.delete(tenant);
    else this.#tenants.set(tenant, plans);
    if (plans.some(({ version: { terms } }) => terms.payment === 'prepaid')) {
      this.#prepaid.add(tenant);
    } else this.#prepaid.delete(tenant);
    this.#announce(tenant);
  }

  /** The tenants that have a prepaid plan, now or later. */
  get prepaid(): ReadonlySet<TenantId> {
    return this.#prepaid;
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

  [Symbol.dispose](): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#tenants.clear();
  }

  /** Tells of another offer now, and looks again when a plan begins or ends. */
  #announce(tenant: TenantId): void {
    const offer = this.of(tenant)?.offer;
    if (offer !== this.#announced.get(tenant)) {
      if (offer === undefined) this.#announced.delete(tenant);
      else this.#announced.set(tenant, offer);
      this.#context.offerChanged?.(tenant);
    }
    clearTimeout(this.#timers.get(tenant));
    this.#timers.delete(tenant);
    const nowMs = this.#context.now();
    const nextMs = this.#nextTurnMs(tenant, nowMs);
    if (nextMs === Infinity) return;
    // Clocks are set at times: nothing is waited for much longer than a minute.
    const waitMs = Math.min(nextMs - nowMs, limits.policyWindowLookMs);
    const timer = setTimeout(() => this.#announce(tenant), waitMs);
    timer.unref();
    this.#timers.set(tenant, timer);
  }

  #nextTurnMs(tenant: TenantId, nowMs: number): number {
    const moments = (this.#tenants.get(tenant) ?? []).flatMap(({ subscription }) => [
      subscription.startsAtMs,
      subscription.endsAtMs ?? Infinity,
    ]);
    return Math.min(Infinity, ...moments.filter((atMs) => atMs > nowMs));
  }

  async #compile(id: string): Promise<CompiledPlan | undefined> {
    const known = this.#compiled.get(id);
    if (known !== undefined) return known;
    const version = await this.#context.plans.versionById(id);
    if (version === undefined) return undefined;
    // Loaded now: a gateway that sells nothing needs none of it.
    const { compilePlan } = await import('./compile-plan.ts');
    const made = compilePlan(version);
    this.#compiled.set(id, made);
    return made;
  }
}

/** A plan as one tenant has it: while it is tried, results say that calls cost nothing. */
function currentPlan(subscription: StoredSubscription, compiled: CompiledPlan): CurrentPlan {
  const { shownCost } = compiled;
  if (shownCost === undefined || !isTrial(subscription, Number.MIN_SAFE_INTEGER)) {
    return { subscription, ...compiled };
  }
  const inTrial: ShownCost = (record, slug) => {
    const cost = shownCost(record, slug);
    if (!isTrial(subscription, record.startedAtMs)) return cost;
    return { ...cost, amount: 0n, isEstimate: false };
  };
  return { subscription, ...compiled, shownCost: inTrial };
}
