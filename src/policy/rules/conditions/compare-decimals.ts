const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;
const DIGITS_MAX = 1_000;

/** A decimal as a whole number and the power of ten that it is multiplied with. */
interface Decimal {
  readonly whole: bigint;
  readonly power: number;
}

/** True for what `compareDecimals` can compare. */
export function isDecimal(text: string): boolean {
  return readDecimal(text) !== undefined;
}

/**
 * Compares two decimals as they are written, without rounding: below 0, 0 or above 0; undefined
 * when one is no decimal or has more than 1,000 digits or a power beyond 1,000.
 */
export function compareDecimals(one: string, other: string): number | undefined {
  const a = readDecimal(one);
  const b = readDecimal(other);
  if (a === undefined || b === undefined) return undefined;
  const power = Math.min(a.power, b.power);
  const left = a.whole * 10n ** BigInt(a.power - power);
  const right = b.whole * 10n ** BigInt(b.power - power);
  return left === right ? 0 : left < right ? -1 : 1;
}

function readDecimal(text: string): Decimal | undefined {
  if (text.length > DIGITS_MAX + 8) return undefined;
  const parts = DECIMAL.exec(text);
  if (parts === null) return undefined;
  const [, sign, integer = '', fraction = '', exponent = '0'] = parts;
  const power = Number(exponent) - fraction.length;
  if (integer.length + fraction.length > DIGITS_MAX || Math.abs(Number(exponent)) > DIGITS_MAX) {
    return undefined;
  }
  const whole = BigInt(integer + fraction);
  return { whole: sign === '-' ? -whole : whole, power };
}
