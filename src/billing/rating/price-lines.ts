import {
  add,
  compare,
  divide,
  type Exact,
  exactOf,
  exactZero,
  fraction,
  multiply,
  parseExact,
  roundTo,
  subtract,
} from '../../kernel/exact.ts';
import type { MoneyNano } from '../../kernel/money.ts';
import { priceQuantity } from './advance.ts';
import type { Price } from './price.ts';

/** A price by totals alone, drawn once, so that asking it takes a few multiplications. */
export interface PriceLines {
  /**
   * What a total of `numerator / denominator` costs, rounded as it is posted; the fraction need not
   * be in lowest terms. Undefined where no line was drawn: then the price itself has to be asked.
   */
  amountAt(numerator: bigint, denominator: bigint): MoneyNano | undefined;
}

/** A part of a price in which each further unit costs the same. */
interface Line {
  /** The last total that belongs to it; undefined for the last line of an open price. */
  readonly upTo: Exact | undefined;
  /** Billionths at a total of 0, and for each unit; both over `scale`. */
  readonly start: bigint;
  readonly slope: bigint;
  readonly scale: bigint;
}

const NANO = exactOf(1_000_000_000n);
const TWO = exactOf(2n);

/**
 * Draws a price as lines: two totals in a part of it are priced exactly and say where all others of
 * that part lie. Undefined for a price that jumps inside a part, looks at single events, or has
 * terms that act on its amount.
 */
export function priceLines(price: Price): PriceLines | undefined {
  if (!isStraight(price)) return undefined;
  const limits = limitsOf(price);
  if (limits === undefined) return undefined;
  const lines = [pointAtZero(price)];
  let floor = exactZero;
  for (const upTo of limits) {
    lines.push(lineThrough(price, floor, upTo));
    if (upTo !== undefined) floor = upTo;
  }
  return {
    amountAt: (numerator, denominator) => {
      if (numerator < 0n) return undefined;
      const line = lines.find(({ upTo }) => {
        if (upTo === undefined) return true;
        return numerator * upTo.denominator <= upTo.numerator * denominator;
      });
      if (line === undefined) return undefined;
      const amount = line.start * denominator + line.slope * numerator;
      return roundTo(
        { numerator: amount, denominator: line.scale * denominator },
        WHOLE,
        'half_even',
      );
    },
  };
}

/** The lines already are in billionths. */
const WHOLE = 0;

function isStraight(price: Price): boolean {
  if (price.maximum !== undefined || price.commitment !== undefined) return false;
  switch (price.model) {
    case 'flat':
    case 'unit':
      return true;
    case 'package':
    case 'percentage':
      return false;
    case 'graduated':
    case 'volume':
      return price.tiers.every(
        ({ packageSize, maximumAmount }) =>
          packageSize === undefined && maximumAmount === undefined,
      );
  }
}

/** Where lines end, ascending; undefined last when the price is open, and for one out of order. */
function limitsOf(price: Price): readonly (Exact | undefined)[] | undefined {
  const limits: (Exact | undefined)[] = [];
  const included = parseExact(price.included ?? '0');
  let floor = exactZero;
  if (compare(included, exactZero) > 0) limits.push((floor = included));
  if (price.model !== 'graduated' && price.model !== 'volume') return [...limits, undefined];
  for (const { upTo } of price.tiers) {
    if (upTo === null) return [...limits, undefined];
    const limit = add(included, parseExact(upTo));
    if (compare(limit, floor) <= 0) return undefined;
    limits.push((floor = limit));
  }
  return limits;
}

/** Nothing may cost something, and something a flat amount more: 0 is a part of its own. */
function pointAtZero(price: Price): Line {
  return lineOf(exactZero, priceQuantity(price, exactZero, 1n), exactZero);
}

function lineThrough(price: Price, floor: Exact, upTo: Exact | undefined): Line {
  const far = upTo ?? add(floor, TWO);
  const near = divide(add(floor, far), TWO);
  const amount = priceQuantity(price, far, 1n);
  const rise = subtract(amount, priceQuantity(price, near, 1n));
  const slope = divide(rise, subtract(far, near));
  return lineOf(upTo, subtract(amount, multiply(slope, far)), slope);
}

function lineOf(upTo: Exact | undefined, start: Exact, slope: Exact): Line {
  const [from, rise] = [multiply(start, NANO), multiply(slope, NANO)];
  // The least that both denominators divide.
  const scale = fraction(from.denominator, rise.denominator).numerator * rise.denominator;
  return {
    upTo,
    start: from.numerator * (scale / from.denominator),
    slope: rise.numerator * (scale / rise.denominator),
    scale,
  };
}
