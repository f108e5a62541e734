import type { JsonObject } from '../../kernel/json.ts';
import type { PolicySettings } from '../store.ts';
import type { CompiledRule } from './compile-rule.ts';
import { ConditionIndex } from './conditions/condition-index.ts';

/** What rules say of one tool or prompt. */
export interface Decision {
  /** True when it does not exist for the caller. */
  readonly isHidden: boolean;
  /** What its arguments are judged by; undefined when any will do. */
  readonly conditions: Conditions | undefined;
}

/** Rules that look at the arguments of a call. */
export interface Conditions {
  /** The call is refused unless the conditions of each are known not to hold. */
  readonly denials: ConditionIndex<CompiledRule>;
  /** The conditions of one must hold; undefined when the call needs no such rule. */
  readonly permits: ConditionIndex<CompiledRule> | undefined;
}

/** Nothing is hidden and nothing is asked. */
export const unrestricted: Decision = { isHidden: false, conditions: undefined };

const hidden: Decision = { isHidden: true, conditions: undefined };

/**
 * Decides by the rules that are about a thing, in whatever order: one that denies goes before all
 * that allow. What cannot be told counts against the caller.
 */
export function decide(
  rules: readonly CompiledRule[],
  definition: JsonObject | undefined,
  mode: PolicySettings['mode'],
): Decision {
  const denials: CompiledRule[] = [];
  const permits: CompiledRule[] = [];
  let isAllowed = mode === 'allow-by-default';
  for (const rule of rules) {
    const fits = rule.fits(definition);
    if (rule.isDeny) {
      if (fits === false) continue;
      if (rule.judge === undefined) return hidden;
      denials.push(rule);
    } else if (fits === true) {
      if (rule.judge === undefined) isAllowed = true;
      else permits.push(rule);
    }
  }
  if (!isAllowed && permits.length === 0) return hidden;
  if (denials.length === 0 && isAllowed) return unrestricted;
  const conditions: Conditions = {
    denials: new ConditionIndex(denials, true),
    permits: isAllowed ? undefined : new ConditionIndex(permits, false),
  };
  return { isHidden: false, conditions };
}

/** The rule that refuses arguments; null when none of those that are needed allows them. */
export function refusal(
  { denials, permits }: Conditions,
  args: object,
): CompiledRule | null | undefined {
  const denial = denials.first(args);
  if (denial !== undefined) return denial;
  return permits === undefined || permits.first(args) !== undefined ? undefined : null;
}
