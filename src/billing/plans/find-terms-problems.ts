import { canonicalJson } from '../../kernel/canonical-json.ts';
import type { Json } from '../../kernel/json.ts';
import { findPriceProblems, isShareOfMoney } from './find-price-problems.ts';
import { methodsOf } from './methods-of.ts';
import type { BillingRule, PlanTerms, TimeWindow } from './plan.ts';
import type { TermsProblem } from './terms-problem.ts';

/** What keeps terms of the right shape from being published; nothing when they are sound. */
export function findTermsProblems(terms: PlanTerms): readonly TermsProblem[] {
  return [
    ...currencyProblems(terms.currency),
    ...repeatedIds(terms.rules, 'rules'),
    ...repeatedIds(terms.recurring, 'recurring'),
    ...repeatedMatches(terms.rules),
    ...terms.rules.flatMap((rule, at) => ruleProblems(rule, `rules[${at}]`)),
    ...unboundedRules(terms),
  ];
}

/** Whether there is a time zone of this IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

function currencyProblems(currency: string): TermsProblem[] {
  if (Intl.supportedValuesOf('currency').includes(currency)) return [];
  const fix = 'Give a code of ISO 4217, for example USD.';
  return [{ field: 'currency', problem: `is no currency: ${currency}`, fix }];
}

function repeatedIds(terms: readonly { readonly id: string }[], field: string): TermsProblem[] {
  const places = new Map<string, number>();
  return terms.flatMap(({ id }, at) => {
    const first = places.get(id);
    if (first === undefined) {
      places.set(id, at);
      return [];
    }
    const problem = `is the id of ${field}[${first}] already`;
    return [{ field: `${field}[${at}].id`, problem, fix: 'Give each an id of its own.' }];
  });
}

/** Of two rules about the very same, of one priority, the second would never have its turn. */
function repeatedMatches(rules: readonly BillingRule[]): TermsProblem[] {
  const seen = new Map<string, { readonly at: number; readonly id: string }>();
  return rules.flatMap((rule, at) => {
    const key = canonicalJson([rule.unit, rule.priority, comparable(rule)]);
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, { at, id: rule.id });
      return [];
    }
    const problem =
      `matches what rules[${first.at}] (${first.id}) matches, for the same unit and with the ` +
      'same priority';
    const fix = 'Give one of them another priority, match less with it, or remove it.';
    return [{ field: `rules[${at}].match`, problem, fix }];
  });
}

/** A match in which the order of names makes no difference. */
function comparable(rule: BillingRule): Json {
  const sorted = (value: Json): Json => {
    if (Array.isArray(value)) {
      return value.map(sorted).toSorted((one, other) => {
        const [left, right] = [canonicalJson(one), canonicalJson(other)];
        if (left === right) return 0;
        return left < right ? -1 : 1;
      });
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, sorted(member)]),
    );
  };
  return sorted({ ...rule.match, methods: [...methodsOf(rule)] } as unknown as Json);
}

/** What is prepaid has to be covered before the call: so a maximum must be known then. */
function unboundedRules({ payment, rules }: PlanTerms): TermsProblem[] {
  if (payment !== 'prepaid') return [];
  return rules.flatMap((rule, at) => {
    const isPriceOnly = rule.unit === 'reported_price';
    if (isPriceOnly || rule.holdMaximum !== undefined || isBoundedEarly(rule)) return [];
    const problem = 'is missing: in a prepaid plan the most that a call may cost must be known';
    const fix = 'Give the most that one call may cost.';
    return [{ field: `rules[${at}].holdMaximum`, problem, fix }];
  });
}

/** Whether the most that a call costs by a rule follows from what is known before it. */
function isBoundedEarly({ unit, price }: BillingRule): boolean {
  if (price.model === 'volume' && price.tiers.length > 1) return false;
  return unit === 'call' || unit === 'success' || unit === 'byte_in';
}

function ruleProblems(rule: BillingRule, field: string): TermsProblem[] {
  const problems: TermsProblem[] = [...findPriceProblems(rule.price, `${field}.price`)];
  if (rule.unit === 'reported_price' && rule.holdMaximum === undefined) {
    const problem = 'is missing: the price is known only after the call';
    const fix = 'Give the most that one call may cost.';
    problems.push({ field: `${field}.holdMaximum`, problem, fix });
  }
  const isMoney = rule.unit === 'reported_price' || rule.unit.startsWith('custom:');
  if (isShareOfMoney(rule.price) && !isMoney) {
    const problem = `is a share of an amount of money, and ${rule.unit} is none`;
    const fix = 'Use it with reported_price or with a custom: quantity that is an amount.';
    problems.push({ field: `${field}.price`, problem, fix });
  }
  for (const [at, window] of (rule.match.windows ?? []).entries()) {
    problems.push(...windowProblems(window, `${field}.match.windows[${at}]`));
  }
  return problems;
}

function windowProblems({ timeZone, from, to }: TimeWindow, field: string): TermsProblem[] {
  const problems: TermsProblem[] = [];
  if (!isTimeZone(timeZone)) {
    const fix = 'Give an IANA name, for example Europe/Zurich.';
    problems.push({ field: `${field}.timeZone`, problem: `is no time zone: ${timeZone}`, fix });
  }
  const start = from ?? '00:00';
  if (start === (to ?? '24:00') || start === '24:00') {
    const fix = 'Give another end; leave both out for the whole day.';
    problems.push({ field: `${field}.to`, problem: 'is where the window begins', fix });
  }
  return problems;
}
