import type { PolicyRule } from '../store.ts';
import type { CompiledRule } from './compile-rule.ts';
import { RuleIndex } from './rule-index.ts';
import { SubjectIndex } from './subject-index.ts';

/** Rules of one segment; reading so many takes a few milliseconds. */
export const SEGMENT_RULES = 500;

/** Some of a tenant's rules, indexed; they stay as they are while others change. */
export class RuleSegment {
  readonly rules: readonly PolicyRule[];
  readonly index: RuleIndex;
  readonly subjects: SubjectIndex;

  constructor(rules: readonly PolicyRule[], compile: (rule: PolicyRule) => CompiledRule) {
    this.rules = rules;
    this.index = new RuleIndex(rules, compile);
    this.subjects = new SubjectIndex(rules);
  }
}

/**
 * The segments of rules that hold now: those of before that have not changed, and the rules of the
 * segments that are still to be made. Changed rules stay in their segment, new ones go to the one
 * with most room, and two that fit into one become one: a change touches two or three segments, and
 * there are never many more than the rules need.
 */
export function planSegments(
  before: readonly RuleSegment[],
  rules: ReadonlyMap<string, PolicyRule>,
): readonly (RuleSegment | readonly PolicyRule[])[] {
  const known = new Set<string>();
  const plan = before.map((segment): RuleSegment | readonly PolicyRule[] => {
    const now: PolicyRule[] = [];
    for (const { id } of segment.rules) {
      known.add(id);
      const rule = rules.get(id);
      if (rule !== undefined) now.push(rule);
    }
    const isSame =
      now.length === segment.rules.length && now.every((rule, at) => rule === segment.rules[at]);
    return isSame ? segment : now;
  });
  const added = [...rules.values()].filter(({ id }) => !known.has(id));
  for (let at = 0; at < added.length; at += SEGMENT_RULES) {
    plan.push(added.slice(at, at + SEGMENT_RULES));
  }
  return joined(plan.filter((one) => rulesOf(one).length > 0));
}

/** Puts the two smallest together as long as they fit into one. */
function joined(
  plan: readonly (RuleSegment | readonly PolicyRule[])[],
): readonly (RuleSegment | readonly PolicyRule[])[] {
  const rest = plan.toSorted((one, other) => rulesOf(other).length - rulesOf(one).length);
  for (;;) {
    const [larger, smaller] = rest.slice(-2).map(rulesOf);
    if (larger === undefined || smaller === undefined) return rest;
    if (larger.length + smaller.length > SEGMENT_RULES) return rest;
    rest.splice(-2, 2);
    const at = rest.findIndex((one) => rulesOf(one).length < larger.length + smaller.length);
    rest.splice(at === -1 ? rest.length : at, 0, [...larger, ...smaller]);
  }
}

const rulesOf = (one: RuleSegment | readonly PolicyRule[]): readonly PolicyRule[] =>
  one instanceof RuleSegment ? one.rules : one;
