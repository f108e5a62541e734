import { callCost } from './charging/call-cost.ts';
import type { CompiledPlan, ShownCost } from './current-plan.ts';
import type { StoredPlanVersion } from './plans/store.ts';
import { askedFacts } from './rules/asked-facts.ts';
import { billingFacts } from './rules/billing-facts.ts';
import { compileRules, type CompiledRules } from './rules/compile-rules.ts';
import { offerOf } from './rules/offer.ts';

/** Makes a version ready for the data plane. */
export function compilePlan(version: StoredPlanVersion): CompiledPlan {
  const { id, terms } = version;
  const rules = compileRules(terms.rules, terms.currency);
  return {
    version,
    rules,
    asked: askedFacts(terms.rules),
    offer: offerOf(id, terms),
    shownCost: terms.showCost === true ? costBy(rules, terms.currency) : undefined,
  };
}

const noSlugs: ReadonlyMap<string, string> = new Map();

function costBy(rules: CompiledRules, currency: string): ShownCost {
  return (record, slug) => {
    const facts = billingFacts({ ...record, serviceId: slug }, noSlugs);
    return { ...callCost(rules, facts), currency };
  };
}
