import { subtract, type Exact } from '../../kernel/exact.ts';
import { limits } from '../../kernel/limits.ts';
import type { UsageOutcome } from '../../metering/store.ts';
import type { BillingRule, BillingUnit, RuleMatch } from '../plans/plan.ts';
import { methodsOf } from '../plans/methods-of.ts';
import { transformQuantity } from '../rating/quantity-transform.ts';
import {
  billableOutcomes,
  billedQuantity,
  chargesParts,
  quantityBefore,
} from './billed-quantity.ts';
import type { BillingFacts } from './billing-facts.ts';
import { RuleIndex, textTest } from './rule-index.ts';
import { orderRules } from './specificity.ts';
import { windowTest } from './window-test.ts';

/** A rule that an exchange is charged by, and how much of its unit there is, not transformed. */
export interface RuleHit {
  readonly rule: BillingRule;
  readonly quantity: Exact;
  /** How much of that was charged with earlier parts of the exchange. */
  readonly before?: Exact;
}

/** What rules look at that is known before a call is made. */
export type EarlyFacts = Pick<
  BillingFacts,
  'service' | 'tool' | 'method' | 'user' | 'startedAtMs' | 'roles' | 'groups' | 'arguments'
>;

/** Rules made ready to be asked often. */
export interface CompiledRules {
  /** The rules that an exchange is charged by: at most one for each unit, in the order of rules. */
  hits(facts: BillingFacts): readonly RuleHit[];
  /**
   * Before it is known how an exchange ends: for each unit the rules that may decide then, of which
   * at most one will.
   */
  mayDecide(facts: EarlyFacts): readonly (readonly BillingRule[])[];
}

/** What remains to be asked of a rule whose names match; undefined when that is nothing. */
type FactsTest<Facts> = ((facts: Facts) => boolean) | undefined;

interface CompiledRule {
  readonly rule: BillingRule;
  readonly test: FactsTest<BillingFacts>;
  /** The part of it that can be asked before the call. */
  readonly early: FactsTest<EarlyFacts>;
  readonly billable: ReadonlySet<UsageOutcome>;
}

/** The rules of one unit that may decide, the first one first. */
type Contest = readonly CompiledRule[];

/**
 * Compiles a version's rules. For each unit the first rule that matches decides, narrower ones
 * first, then those of higher priority, then those of the lower id; when the outcome is not one
 * that rule is paid for, nothing is charged for the unit. `currency` is the plan's: a price that a
 * tool reports in another one is not charged. Which rules the names of a service and a tool match
 * is remembered, so asking for them again costs a look into a map.
 */
export function compileRules(rules: readonly BillingRule[], currency: string): CompiledRules {
  const compiled = orderRules(rules).map(compileRule);
  const index = new RuleIndex();
  for (const { rule } of compiled) {
    const { services, tools } = rule.match;
    index.add({ services, tools, methods: methodsOf(rule) });
  }
  const seen = new Map<string, readonly Contest[]>();
  const contestsOf = (facts: EarlyFacts): readonly Contest[] => {
    const tool = facts.tool === null ? '' : ` ${facts.tool}`;
    const key = `${facts.service ?? ''} ${facts.method}${tool}`;
    const known = seen.get(key);
    if (known !== undefined) return known;
    // Names of tools that come and go must not fill the memory.
    if (seen.size >= limits.billingNamesKeptMax) seen.clear();
    const found = index.find(facts).flatMap((entry) => compiled[entry] ?? []);
    const contests = contestsBy(found);
    seen.set(key, contests);
    return contests;
  };
  return {
    hits: (facts) => decide(contestsOf(facts), facts, currency),
    mayDecide: (facts) => contestsOf(facts).map((contest) => candidates(contest, facts)),
  };
}

/** Behind a rule that decides whatever the outcome, none has its turn. */
function candidates(contest: Contest, facts: EarlyFacts): readonly BillingRule[] {
  const found: BillingRule[] = [];
  for (const { rule, early, billable } of contest) {
    if (early !== undefined && !early(facts)) continue;
    if (billable.size > 0) found.push(rule);
    if (rule.match.outcomes === undefined) break;
  }
  return found;
}

function decide(contests: readonly Contest[], facts: BillingFacts, currency: string) {
  const hits: RuleHit[] = [];
  for (const contest of contests) {
    const first = deciding(contest, facts);
    if (first === undefined || !first.billable.has(facts.outcome)) continue;
    const { rule } = first;
    // Where another rule might have decided, nothing was charged before the end was known.
    const isInParts = facts.before !== undefined && whileRunning(contest, facts) === first;
    const before = isInParts ? quantityBefore(rule.unit, facts) : undefined;
    const quantity = billedQuantity(rule.unit, facts, currency);
    if (quantity === undefined) continue;
    if (before === undefined) hits.push({ rule, quantity });
    else if (isMore(rule, quantity, before)) hits.push({ rule, quantity, before });
  }
  return hits;
}

function deciding(contest: Contest, facts: BillingFacts): CompiledRule | undefined {
  if (facts.outcome === 'part') return whileRunning(contest, facts);
  return contest.find(({ test }) => test === undefined || test(facts));
}

/** The rule that charges an exchange while it runs: none whose turn depends on how it ends. */
function whileRunning(contest: Contest, facts: BillingFacts): CompiledRule | undefined {
  const first = contest.find(({ early }) => early === undefined || early(facts));
  return first !== undefined && chargesParts(first.rule) ? first : undefined;
}

/** Whether more is billed than was before; a part may lie within what was rounded up. */
function isMore(rule: BillingRule, quantity: Exact, before: Exact): boolean {
  return billedOf({ rule, quantity, before }).numerator > 0n;
}

/** What is billed of a hit: of all that was used, less what was billed with earlier parts. */
export function billedOf({ rule: { transform }, quantity, before }: RuleHit): Exact {
  const billed = transform === undefined ? quantity : transformQuantity(transform, quantity);
  if (before === undefined) return billed;
  return subtract(billed, transform === undefined ? before : transformQuantity(transform, before));
}

function contestsBy(rules: readonly CompiledRule[]): readonly Contest[] {
  const byUnit = new Map<BillingUnit, CompiledRule[]>();
  for (const rule of rules) {
    const contest = byUnit.get(rule.rule.unit);
    if (contest === undefined) byUnit.set(rule.rule.unit, [rule]);
    // Behind a rule that asks nothing more, none has its turn.
    else if (contest.at(-1)?.test !== undefined) contest.push(rule);
  }
  return [...byUnit.values()];
}

function compileRule(rule: BillingRule): CompiledRule {
  const early = earlyTest(rule.match);
  const test = factsTest(rule.match.outcomes, early);
  return { rule, test, early, billable: billableOutcomes(rule) };
}

function factsTest(
  outcomes: RuleMatch['outcomes'],
  early: FactsTest<EarlyFacts>,
): FactsTest<BillingFacts> {
  if (outcomes === undefined) return early;
  const asked = new Set(outcomes);
  return (facts) => asked.has(facts.outcome) && (early === undefined || early(facts));
}

function earlyTest(match: RuleMatch): FactsTest<EarlyFacts> {
  const tests: ((facts: EarlyFacts) => boolean)[] = [];
  const { users, roles, groups, windows } = match;
  if (users !== undefined) {
    const asked = new Set(users);
    tests.push(({ user }) => asked.has(user));
  }
  if (roles !== undefined) tests.push((facts) => facts.roles.some((one) => roles.includes(one)));
  if (groups !== undefined) {
    tests.push((facts) => facts.groups.some((one) => groups.includes(one)));
  }
  for (const [name, patterns] of Object.entries(match.arguments ?? {})) {
    const test = textTest(patterns);
    tests.push(({ arguments: given }) => Object.hasOwn(given, name) && test(given[name] ?? ''));
  }
  if (windows !== undefined) {
    const open = windows.map(windowTest);
    tests.push(({ startedAtMs }) => open.some((test) => test(startedAtMs)));
  }
  return tests.length === 0 ? undefined : (facts) => tests.every((test) => test(facts));
}
