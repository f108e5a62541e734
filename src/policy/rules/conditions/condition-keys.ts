import { isDecimal } from './compare-decimals.ts';
import type { ArgumentCondition, ConditionValue } from '../../store.ts';
import { readPointer } from './read-pointer.ts';

/**
 * What can be looked up of a condition, instead of asking it. Numbers are rounded to what a JS
 * number keeps: rounding never turns an order round, so whoever is found is asked exactly.
 */
export type ConditionKey =
  | {
      readonly kind: 'values';
      readonly texts: readonly string[];
      readonly numbers: readonly number[];
    }
  | { readonly kind: 'start'; readonly text: string }
  | { readonly kind: 'above' | 'below'; readonly bound: number }
  | { readonly kind: 'present' | 'absent' };

/** The condition by which a rule is found among others. */
export interface FoundBy {
  readonly steps: readonly string[];
  readonly key: ConditionKey;
  /** True when another condition of the rule fails where the pointer leads to nothing. */
  readonly isPresenceAsked: boolean;
}

/** The most telling first: what few arguments match leaves few rules to ask. */
const ORDER = ['values', 'start', 'above', 'below', 'present', 'absent'] as const;

/** The condition that tells most; undefined when a rule has none that can be looked up. */
export function foundBy(conditions: readonly ArgumentCondition[]): FoundBy | undefined {
  let best: { readonly condition: ArgumentCondition; readonly key: ConditionKey } | undefined;
  for (const condition of conditions) {
    const key = keyOf(condition);
    if (key === undefined) continue;
    if (best === undefined || rank(key) < rank(best.key)) best = { condition, key };
  }
  const steps = best === undefined ? undefined : readPointer(best.condition.pointer);
  if (best === undefined || steps === undefined) return undefined;
  const { pointer } = best.condition;
  const isPresenceAsked = conditions.some((one) => {
    return one.pointer === pointer && one.is === 'exists' && one.value;
  });
  return { steps, key: best.key, isPresenceAsked };
}

const rank = ({ kind }: ConditionKey): number => ORDER.indexOf(kind);

function keyOf(condition: ArgumentCondition): ConditionKey | undefined {
  if (readPointer(condition.pointer) === undefined) return undefined;
  switch (condition.is) {
    case 'eq':
      return valuesKey([condition.value]);
    case 'in':
      return valuesKey(condition.values);
    case 'prefix':
      return { kind: 'start', text: condition.value };
    case 'glob': {
      const [text = ''] = condition.value.split('*', 1);
      return text === '' ? undefined : { kind: 'start', text };
    }
    case 'lt':
    case 'lte':
      return boundKey('below', condition.value);
    case 'gt':
    case 'gte':
      return boundKey('above', condition.value);
    case 'exists':
      return { kind: condition.value ? 'present' : 'absent' };
    default:
      return undefined;
  }
}

function valuesKey(values: readonly ConditionValue[]): ConditionKey {
  const texts = values.filter((value) => typeof value === 'string');
  // Digits stand for a number, too.
  const digits = [...values.filter((value) => typeof value === 'number').map(String), ...texts];
  return { kind: 'values', texts, numbers: digits.filter(isDecimal).map(Number) };
}

function boundKey(kind: 'above' | 'below', value: number | string): ConditionKey | undefined {
  return isDecimal(String(value)) ? { kind, bound: Number(value) } : undefined;
}
