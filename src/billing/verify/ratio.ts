/**
 * A fraction of this folder's own: what checks the books must not share a mistake with what wrote
 * them. `over` is positive; fractions are shortened when they are made.
 */
export interface Ratio {
  readonly top: bigint;
  readonly over: bigint;
}

/** How a fraction becomes a whole number. */
type Rounding = 'half_even' | 'half_up' | 'up' | 'down';

/** Makes a fraction. */
export function ratio(top: bigint, over = 1n): Ratio {
  let [a, b] = [top < 0n ? -top : top, over < 0n ? -over : over];
  while (b > 0n) [a, b] = [b, a % b];
  const cut = over < 0n ? -a : a;
  return cut === 0n || cut === 1n ? { top, over } : { top: top / cut, over: over / cut };
}

/** Reads a decimal or `p/q`. */
export function readRatio(text: string): Ratio {
  const slash = text.indexOf('/');
  if (slash > 0) return ratio(BigInt(text.slice(0, slash)), BigInt(text.slice(slash + 1)));
  const dot = text.indexOf('.');
  if (dot < 0) return { top: BigInt(text), over: 1n };
  const decimals = text.length - dot - 1;
  return ratio(BigInt(text.slice(0, dot) + text.slice(dot + 1)), 10n ** BigInt(decimals));
}

/** Nothing. */
export const zero: Ratio = { top: 0n, over: 1n };

/** The sum. */
export function plus(one: Ratio, other: Ratio): Ratio {
  if (one.over === other.over) return ratio(one.top + other.top, one.over);
  return ratio(one.top * other.over + other.top * one.over, one.over * other.over);
}

/** The difference. */
export function minus(one: Ratio, other: Ratio): Ratio {
  return plus(one, { top: -other.top, over: other.over });
}

/** The product. */
export function times(one: Ratio, other: Ratio): Ratio {
  return ratio(one.top * other.top, one.over * other.over);
}

/** The quotient; the divisor is not 0. */
export function per(one: Ratio, other: Ratio): Ratio {
  return ratio(one.top * other.over, one.over * other.top);
}

/** Whether the first is more than the second. */
export function isMore(one: Ratio, other: Ratio): boolean {
  return one.top * other.over > other.top * one.over;
}

/** The lesser one. */
export function smaller(one: Ratio, other: Ratio): Ratio {
  return isMore(one, other) ? other : one;
}

/** The greater one. */
export function larger(one: Ratio, other: Ratio): Ratio {
  return isMore(one, other) ? one : other;
}

/** Whether both are the same number. */
export function isSame(one: Ratio, other: Ratio): boolean {
  return one.top * other.over === other.top * one.over;
}

/** A whole number next to the fraction. */
export function whole({ top, over }: Ratio, rounding: Rounding): bigint {
  const floor = top >= 0n ? top / over : -((-top + over - 1n) / over);
  const rest = top - floor * over;
  if (rest === 0n) return floor;
  const ceiling = floor + 1n;
  const [near, far] = top >= 0n ? [floor, ceiling] : [ceiling, floor];
  if (rounding === 'down') return near;
  if (rounding === 'up') return far;
  const beyondHalf = 2n * rest - over;
  if (beyondHalf !== 0n) return beyondHalf > 0n ? ceiling : floor;
  if (rounding === 'half_up') return far;
  return floor % 2n === 0n ? floor : ceiling;
}

/** Billionths, halves to the even neighbour. */
export function inNano({ top, over }: Ratio): bigint {
  return whole({ top: top * 1_000_000_000n, over }, 'half_even');
}
