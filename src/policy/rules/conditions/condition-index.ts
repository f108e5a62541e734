import type { ArgumentCondition } from '../../store.ts';
import { ArgumentIndex } from './argument-index.ts';
import { foundBy } from './condition-keys.ts';
import type { Verdict } from './verdict.ts';

/** A rule that looks at arguments. */
export interface JudgedRule {
  readonly rule: { readonly conditions?: readonly ArgumentCondition[] };
  readonly judge: ((args: object) => Verdict) | undefined;
}

/** Up to so many are asked one after the other: looking them up would cost as much. */
const ASKED_MAX = 4;

/**
 * Finds the first of many rules whose conditions hold, by what the arguments are and not by asking
 * every rule. Only rules that may hold are asked, and they are asked in full, so the answer is the
 * one that asking all of them gives.
 */
export class ConditionIndex<Rule extends JudgedRule> {
  readonly #rules: readonly Rule[];
  readonly #countsUnknown: boolean;
  #index: Index | undefined;

  /** `countsUnknown`: a rule of which it cannot be told counts as one that holds. */
  constructor(rules: readonly Rule[], countsUnknown: boolean) {
    this.#rules = rules;
    this.#countsUnknown = countsUnknown;
  }

  /** The first rule that holds for the arguments, in the order that was given. */
  first(args: object): Rule | undefined {
    const rules = this.#rules;
    if (rules.length <= ASKED_MAX) return rules.find((rule) => this.#holds(rule, args));
    let first = rules.length;
    const visit = (at: number): void => {
      if (at < first && this.#holds(rules[at] as Rule, args)) first = at;
    };
    this.#index ??= buildIndex(rules, this.#countsUnknown);
    const { others, always, byStep, steps } = this.#index;
    for (const at of others) visit(at);
    for (const one of always) one.match(args, visit);
    if (steps.length <= ASKED_MAX || Array.isArray(args)) {
      for (const step of steps) if (Object.hasOwn(args, step)) ask(byStep.get(step), args, visit);
    } else for (const step in args) ask(byStep.get(step), args, visit);
    return rules[first];
  }

  #holds({ judge }: Rule, args: object): boolean {
    const verdict = judge?.(args);
    return verdict === true || (verdict === undefined && this.#countsUnknown);
  }
}

interface Index {
  /** Rules that nothing can be looked up of. */
  readonly others: readonly number[];
  /** What has to be looked at even where the argument is missing. */
  readonly always: readonly ArgumentIndex[];
  /** The others by the member of the arguments that they begin with, and these members. */
  readonly byStep: ReadonlyMap<string, readonly ArgumentIndex[]>;
  readonly steps: readonly string[];
}

function buildIndex(rules: readonly JudgedRule[], countsUnknown: boolean): Index {
  const others: number[] = [];
  const byPointer = new Map<string, ArgumentIndex>();
  for (const [at, { rule }] of rules.entries()) {
    const found = foundBy(rule.conditions ?? []);
    if (found === undefined) {
      others.push(at);
      continue;
    }
    const pointer = JSON.stringify(found.steps);
    let index = byPointer.get(pointer);
    if (index === undefined) {
      index = new ArgumentIndex(found.steps, countsUnknown);
      byPointer.set(pointer, index);
    }
    index.add(found, at);
  }
  const indexes = [...byPointer.values()];
  for (const index of indexes) index.sort();
  const isAlways = ({ steps, absent }: ArgumentIndex): boolean =>
    steps.length === 0 || absent.length > 0;
  const byStep = Map.groupBy(
    indexes.filter((index) => !isAlways(index)),
    ({ steps }) => steps[0] as string,
  );
  return { others, always: indexes.filter(isAlways), byStep, steps: [...byStep.keys()] };
}

function ask(
  indexes: readonly ArgumentIndex[] | undefined,
  args: object,
  visit: (at: number) => void,
): void {
  if (indexes !== undefined) for (const index of indexes) index.match(args, visit);
}
