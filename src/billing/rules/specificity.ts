import type { BillingRule, RuleMatch } from '../plans/plan.ts';

/**
 * How narrow a rule is, from the most to the least telling part: its tools, its services, and how
 * much else it asks. Of several patterns the widest counts, so that a rule has one rank for
 * whatever it matches.
 */
export type Specificity = readonly [tools: number, services: number, conditions: number];

/** A pattern that spells out a whole name is narrower than any with `*`. */
const EXACT = 1_000_000;

/** See `Specificity`. */
export function specificityOf(match: RuleMatch): Specificity {
  const { tools, services, arguments: values = {} } = match;
  const { methods, outcomes, roles, groups, users, windows } = match;
  const others = [methods, outcomes, roles, groups, users, windows];
  const conditions = others.filter((one) => one !== undefined).length + Object.keys(values).length;
  return [widest(tools), widest(services), conditions];
}

/** The rules in the order they are asked: narrower first, of higher priority, of the lower id. */
export function orderRules(rules: readonly BillingRule[]): readonly BillingRule[] {
  return rules
    .map((rule) => ({ rule, rank: specificityOf(rule.match) }))
    .toSorted(
      (one, other) => compareRanks(one.rank, other.rank) || compareTies(one.rule, other.rule),
    )
    .map(({ rule }) => rule);
}

/** Below 0 when the first is narrower, 0 when they are as narrow. */
export function compareRanks(one: Specificity, other: Specificity): number {
  return other[0] - one[0] || other[1] - one[1] || other[2] - one[2];
}

function compareTies(one: BillingRule, other: BillingRule): number {
  return other.priority - one.priority || (one.id < other.id ? -1 : 1);
}

function widest(patterns: readonly string[] | undefined): number {
  if (patterns === undefined) return 0;
  return Math.min(...patterns.map(narrowness));
}

function narrowness(pattern: string): number {
  if (!pattern.includes('*')) return EXACT;
  return 1 + pattern.replaceAll('*', '').length;
}
