import { add, type Exact, exactOf, exactZero, subtract } from '../../kernel/exact.ts';
import { applyMinimum, applyTerms } from './period-terms.ts';
import type { PeriodTerms } from './price.ts';

/** The amounts of several rules under one minimum or maximum. */
export interface SharedClose {
  /** What the rules come to, with overage and below the maximum. */
  readonly subtotal: Exact;
  readonly total: Exact;
  /** What is missing to the minimum. */
  readonly trueUp: Exact;
}

/**
 * Closes a period of several rules that have one minimum, maximum or commitment together. `share`
 * is how much of a whole period it lasted. Included units are a term of each rule, not of this.
 */
export function closeTogether(
  amounts: readonly Exact[],
  terms: Omit<PeriodTerms, 'included'>,
  committed: Exact = exactZero,
  share: Exact = exactOf(1n),
): SharedClose {
  const subtotal = applyTerms(terms, amounts.reduce(add, exactZero), committed);
  const total = applyMinimum(terms, subtotal, committed, share);
  return { subtotal, total, trueUp: subtract(total, subtotal) };
}
