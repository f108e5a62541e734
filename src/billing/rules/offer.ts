import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { AccessLayer } from '../../kernel/permissions.ts';
import { methodsOf } from '../plans/methods-of.ts';
import type { BillingRule, BillingUnit, PlanTerms, RuleMatch } from '../plans/plan.ts';
import { RuleIndex } from './rule-index.ts';
import { orderRules } from './specificity.ts';

/** What a plan version lets callers of its tenants see. */
export interface Offer {
  /** Equal for the same version, and for no other. */
  readonly digest: string;
  /** One of these must allow; undefined when everything is included. */
  readonly includes: AccessLayer | undefined;
  /** What calls of a tool cost; undefined when lists do not say so. */
  readonly priceOf: ((slug: string, tool: string) => JsonObject) | undefined;
}

/** The offer of a version; undefined, as for nearly every plan, when it changes nothing. */
export function offerOf(versionId: string, terms: PlanTerms): Offer | undefined {
  const { includes, showPrices = false } = terms;
  if (includes === undefined && !showPrices) return undefined;
  const { services, tools } = includes ?? {};
  const layer = [
    ...(services === undefined ? [] : [{ services }]),
    ...(tools === undefined ? [] : [{ tools }]),
  ];
  return {
    digest: versionId,
    includes: includes === undefined ? undefined : layer,
    priceOf: showPrices ? priceList(terms) : undefined,
  };
}

/** Tells what calls of a tool cost: by unit the rules that may decide, the first one first. */
function priceList({ rules, currency }: PlanTerms): (slug: string, tool: string) => JsonObject {
  const ordered = orderRules(rules);
  const index = new RuleIndex();
  for (const rule of ordered) {
    const { services, tools } = rule.match;
    index.add({ services, tools, methods: methodsOf(rule) });
  }
  const known = new Map<string, JsonObject>();
  return (service, tool) => {
    const name = `${service}__${tool}`;
    let price = known.get(name);
    if (price === undefined) {
      // Names of tools that come and go must not fill the memory.
      if (known.size >= limits.billingNamesKeptMax) known.clear();
      price = { currency, prices: pricesOf(ordered, index, service, tool) };
      known.set(name, price);
    }
    return price;
  };
}

function pricesOf(
  ordered: readonly BillingRule[],
  index: RuleIndex,
  service: string,
  tool: string,
): readonly JsonObject[] {
  const decided = new Set<BillingUnit>();
  return index.find({ service, tool, method: 'tools/call' }).flatMap((entry) => {
    const rule = ordered[entry];
    if (rule === undefined || decided.has(rule.unit)) return [];
    const shown = priceJson(rule);
    // Behind a rule that asks nothing more, none has its turn.
    if (shown['dependsOn'] === undefined) decided.add(rule.unit);
    return [shown];
  });
}

function priceJson({ unit, price, transform, match }: BillingRule): JsonObject {
  const dependsOn = conditionsOf(match);
  const shown = {
    unit,
    ...price,
    ...(transform === undefined ? {} : { transform }),
    ...(dependsOn.length === 0 ? {} : { dependsOn }),
  };
  // Terms came from JSON and are nothing else.
  return shown as unknown as JsonObject;
}

/** What besides the tool decides; the names in a rule are nobody's business. */
function conditionsOf({ users, roles, groups, arguments: values, windows, outcomes }: RuleMatch) {
  return [
    ...((users ?? roles ?? groups) === undefined ? [] : ['caller']),
    ...(values === undefined ? [] : ['arguments']),
    ...(windows === undefined ? [] : ['time']),
    ...(outcomes === undefined ? [] : ['outcome']),
  ];
}
