import type { MoneyNano } from '../kernel/money.ts';
import type { StoredPlanVersion, StoredSubscription } from './plans/store.ts';
import type { AskedFacts } from './rules/asked-facts.ts';
import type { BilledRecord } from './rules/billing-facts.ts';
import type { CompiledRules } from './rules/compile-rules.ts';
import type { Offer } from './rules/offer.ts';

/** A subscription with its terms, made ready to be asked often. */
export interface CurrentPlan {
  readonly subscription: StoredSubscription;
  readonly version: StoredPlanVersion;
  readonly rules: CompiledRules;
  readonly asked: AskedFacts | undefined;
  /** What its callers may see of the plan; undefined when it changes nothing for them. */
  readonly offer: Offer | undefined;
  /** What a call costs, for results that say so; undefined when they do not. */
  readonly shownCost: ShownCost | undefined;
}

/** Tells what a call costs from its record and the slug of its service. */
export type ShownCost = (
  record: BilledRecord,
  slug: string | null,
) => { readonly amount: MoneyNano; readonly currency: string; readonly isEstimate: boolean };

/** A version made ready, whoever is subscribed to it. */
export type CompiledPlan = Omit<CurrentPlan, 'subscription'>;
