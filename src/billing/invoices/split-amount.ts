import {
  add,
  compare,
  divide,
  type Exact,
  exactZero,
  fraction,
  multiply,
  roundTo,
  subtract,
} from '../../kernel/exact.ts';

/**
 * Splits an amount over lines in proportion to their weights, exactly: the parts sum to it. Weights
 * are not below 0; when all are 0 every line gets as much as the others.
 */
export function splitExactly(amount: Exact, weights: readonly Exact[]): Exact[] {
  if (weights.some((weight) => compare(weight, exactZero) < 0)) {
    throw new RangeError('The weight of a line is not below 0');
  }
  const sum = weights.reduce(add, exactZero);
  if (sum.numerator === 0n) {
    return weights.map(() => multiply(amount, fraction(1n, BigInt(weights.length))));
  }
  return weights.map((weight) => divide(multiply(amount, weight), sum));
}

/**
 * The same in whole steps of 10^-digits: the parts sum to the rounded amount, and the steps that
 * are left over go to the lines that lost most by rounding down, of equal ones to the first.
 */
export function splitInUnits(
  amount: Exact,
  weights: readonly Exact[],
  digits: number,
): readonly bigint[] {
  const parts = splitExactly(amount, weights);
  const isNegative = amount.numerator < 0n;
  const whole = parts.map((part) => roundTo(part, digits, 'down'));
  let left = roundTo(amount, digits, 'half_even') - whole.reduce((sum, unit) => sum + unit, 0n);
  const lost = parts.map((part, index) => {
    const rest = subtract(part, fraction(whole[index] ?? 0n, 10n ** BigInt(digits)));
    return { index, rest: isNegative ? subtract(exactZero, rest) : rest };
  });
  const step = isNegative ? -1n : 1n;
  for (const { index } of lost.toSorted((one, other) => compare(other.rest, one.rest))) {
    if (left === 0n) break;
    whole[index] = (whole[index] ?? 0n) + step;
    left -= step;
  }
  return whole;
}
