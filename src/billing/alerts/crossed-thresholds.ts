import {
  add,
  compare,
  divide,
  type Exact,
  exactOf,
  exactZero,
  greatest,
  least,
  multiply,
  roundTo,
  subtract,
} from '../../kernel/exact.ts';

/** Values at which somebody wants to know. */
export interface AlertThresholds {
  /** In any order; each is told once. */
  readonly values: readonly Exact[];
  /** Repeated from the last value on, or from 0 on without values. Above 0. */
  readonly step?: Exact;
  /** A balance falls, usage rises. */
  readonly direction: 'rising' | 'falling';
}

/**
 * The thresholds that lie between two values, in the order in which they were crossed. Reaching one
 * is crossing it; the value before does not count, so nothing is told twice. Of a jump over more
 * than `stepsMax` repeated steps only the last so many are told.
 */
export function crossedThresholds(
  { values, step, direction }: AlertThresholds,
  before: Exact,
  after: Exact,
  stepsMax = 1000n,
): readonly Exact[] {
  const isRising = direction === 'rising';
  const isCrossed = (value: Exact): boolean =>
    isRising
      ? compare(before, value) < 0 && compare(value, after) <= 0
      : compare(before, value) > 0 && compare(value, after) >= 0;
  const sorted = values.toSorted((one, other) => compare(one, other) * (isRising ? 1 : -1));
  const once = sorted.filter(
    (value, index) => index === 0 || compare(value, sorted[index - 1] ?? value) !== 0,
  );
  const steps =
    step === undefined ? [] : repeatedSteps({ values, step, direction }, before, after, stepsMax);
  return [...once, ...steps].filter(isCrossed);
}

/** The values of repeated steps up to the one that was reached last. */
function repeatedSteps(
  { values, step, direction }: Required<AlertThresholds>,
  before: Exact,
  after: Exact,
  stepsMax: bigint,
): readonly Exact[] {
  if (step.numerator <= 0n) throw new RangeError('A repeated step is above 0');
  const isRising = direction === 'rising';
  const base = values.length === 0 ? exactZero : values.reduce(isRising ? greatest : least);
  const count = (to: Exact): bigint => {
    const way = isRising ? subtract(to, base) : subtract(base, to);
    return way.numerator <= 0n ? 0n : roundTo(divide(way, step), 0, 'down');
  };
  const last = count(after);
  const first = [count(before), last - stepsMax].reduce((one, other) =>
    one > other ? one : other,
  );
  const found: Exact[] = [];
  for (let index = first < 0n ? 0n : first; index <= last; index += 1n) {
    if (index === 0n || index === last - stepsMax) continue;
    const way = multiply(step, exactOf(index));
    found.push(isRising ? add(base, way) : subtract(base, way));
  }
  return found;
}
