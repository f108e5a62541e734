/** An exact fraction in lowest terms; `denominator` is positive. Money and quantities are these. */
export interface Exact {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** How a number that lies between two others is rounded. */
export type RoundingMode = 'half_even' | 'half_up' | 'up' | 'down';

/** Nothing. */
export const exactZero: Exact = { numerator: 0n, denominator: 1n };

const TEXT = /^(-?\d+)(?:\.(\d+)|\/(\d+))?$/;
const NANO_DIGITS = 9;

/** Reads `12`, `-0.001` or `97/3`. Throws SyntaxError for anything else, 1e3 and `1/0` too. */
export function parseExact(text: string): Exact {
  const [, whole, decimals, divisor] = TEXT.exec(text) ?? [];
  if (whole === undefined || (divisor !== undefined && BigInt(divisor) === 0n)) {
    throw new SyntaxError(`Not an exact number: ${JSON.stringify(text)}`);
  }
  if (divisor !== undefined) return fraction(BigInt(whole), BigInt(divisor));
  if (decimals === undefined) return { numerator: BigInt(whole), denominator: 1n };
  return fraction(BigInt(`${whole}${decimals}`), 10n ** BigInt(decimals.length));
}

/** A whole number. */
export function exactOf(whole: bigint): Exact {
  return { numerator: whole, denominator: 1n };
}

/** A fraction of two whole numbers; the second is not 0. */
export function fraction(numerator: bigint, denominator: bigint): Exact {
  const sign = denominator < 0n ? -1n : 1n;
  const shared = greatestCommonDivisor(numerator, denominator) * sign;
  return { numerator: numerator / shared, denominator: denominator / shared };
}

/** The sum. */
export function add(one: Exact, other: Exact): Exact {
  if (one.denominator === 1n && other.denominator === 1n) {
    return { numerator: one.numerator + other.numerator, denominator: 1n };
  }
  const left = one.numerator * other.denominator;
  return fraction(left + other.numerator * one.denominator, one.denominator * other.denominator);
}

/** The first without the other. */
export function subtract(one: Exact, other: Exact): Exact {
  return add(one, negate(other));
}

/** The product. */
export function multiply(one: Exact, other: Exact): Exact {
  return fraction(one.numerator * other.numerator, one.denominator * other.denominator);
}

/** Throws RangeError when the divisor is 0. */
export function divide(one: Exact, divisor: Exact): Exact {
  if (divisor.numerator === 0n) throw new RangeError('Division by zero');
  return fraction(one.numerator * divisor.denominator, one.denominator * divisor.numerator);
}

/** The number with the other sign. */
export function negate({ numerator, denominator }: Exact): Exact {
  return { numerator: -numerator, denominator };
}

/** Below 0, 0 or above 0, as `one` is less than, equal to or greater than `other`. */
export function compare(one: Exact, other: Exact): number {
  const left = one.numerator * other.denominator;
  const right = other.numerator * one.denominator;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The smaller one; the first when they are equal. */
export function least(one: Exact, other: Exact): Exact {
  return compare(one, other) <= 0 ? one : other;
}

/** The larger one; the first when they are equal. */
export function greatest(one: Exact, other: Exact): Exact {
  return compare(one, other) >= 0 ? one : other;
}

/**
 * The number times 10^digits as a whole number. Halves go to the even neighbour or away from zero;
 * `up` and `down` are away from and towards zero.
 */
export function roundTo({ numerator, denominator }: Exact, digits: number, mode: RoundingMode) {
  const scaled = numerator * 10n ** BigInt(digits);
  const sign = scaled < 0n ? -1n : 1n;
  const size = scaled * sign;
  const whole = size / denominator;
  const rest = size - whole * denominator;
  return sign * (isRoundedUp(whole, rest, denominator, mode) ? whole + 1n : whole);
}

/** In billionths, halves to the even neighbour. */
export function toNano(amount: Exact): bigint {
  return roundTo(amount, NANO_DIGITS, 'half_even');
}

/** From billionths. */
export function fromNano(amount: bigint): Exact {
  return fraction(amount, 10n ** BigInt(NANO_DIGITS));
}

/** As a decimal where there is one, else as `p/q`; `parseExact` reads both. */
export function formatExact({ numerator, denominator }: Exact): string {
  if (denominator === 1n) return numerator.toString();
  const digits = decimalDigits(denominator);
  if (digits === undefined) return `${numerator}/${denominator}`;
  const sign = numerator < 0n ? '-' : '';
  const size = (numerator < 0n ? -numerator : numerator) * (10n ** BigInt(digits) / denominator);
  const text = size.toString().padStart(digits + 1, '0');
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

function isRoundedUp(whole: bigint, rest: bigint, denominator: bigint, mode: RoundingMode) {
  if (rest === 0n || mode === 'down') return false;
  if (mode === 'up') return true;
  const twice = rest * 2n;
  if (twice !== denominator) return twice > denominator;
  return mode === 'half_up' || whole % 2n === 1n;
}

/** How many decimals a fraction with this denominator has; undefined when they never end. */
function decimalDigits(denominator: bigint): number | undefined {
  let rest = denominator;
  let twos = 0;
  let fives = 0;
  for (; rest % 2n === 0n; rest /= 2n) twos++;
  for (; rest % 5n === 0n; rest /= 5n) fives++;
  return rest === 1n ? Math.max(twos, fives) : undefined;
}

function greatestCommonDivisor(one: bigint, other: bigint): bigint {
  let a = one < 0n ? -one : one;
  let b = other < 0n ? -other : other;
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}
