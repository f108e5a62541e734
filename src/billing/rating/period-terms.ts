import {
  add,
  compare,
  type Exact,
  exactZero,
  greatest,
  least,
  multiply,
  parseExact,
  subtract,
} from '../../kernel/exact.ts';
import type { PeriodTerms } from './price.ts';

/** The amount that the price itself comes to, changed by what holds while a period is open. */
export function applyTerms(terms: PeriodTerms, amount: Exact, committed: Exact): Exact {
  const factor = parseExact(terms.commitment?.overageFactor ?? '1');
  const beyond = subtract(amount, committed);
  const withOverage =
    terms.commitment === undefined || compare(beyond, exactZero) <= 0
      ? amount
      : add(committed, multiply(beyond, factor));
  return terms.maximum === undefined ? withOverage : least(withOverage, parseExact(terms.maximum));
}

/**
 * The amount of a closed period: at least the minimum and what was committed, both for the `share`
 * of a whole period that it lasted; never more than the maximum.
 */
export function applyMinimum(
  terms: PeriodTerms,
  amount: Exact,
  committed: Exact,
  share: Exact,
): Exact {
  const floors = [
    ...(terms.minimum === undefined ? [] : [parseExact(terms.minimum)]),
    ...(terms.commitment === undefined || terms.commitment.isTruedUp === false ? [] : [committed]),
  ];
  const raised = floors.reduce((high, floor) => greatest(high, multiply(floor, share)), amount);
  return terms.maximum === undefined ? raised : least(raised, parseExact(terms.maximum));
}
