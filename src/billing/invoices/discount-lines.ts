import {
  exactZero,
  fraction,
  fromNano,
  greatest,
  multiply,
  parseExact,
  toNano,
} from '../../kernel/exact.ts';
import type { MoneyNano } from '../../kernel/money.ts';
import type { OpenLine } from './charge-lines.ts';
import type { Coupon } from './coupon.ts';
import { applyCoupons } from './discounts.ts';
import { splitInUnits } from './split-amount.ts';

/** What a coupon takes off an invoice: off its lines together, and off each. */
export interface CouponDiscount {
  readonly coupon: Coupon;
  readonly amount: MoneyNano;
  /** In the order of the lines; they sum to the amount. */
  readonly parts: readonly MoneyNano[];
}

const NANO_DIGITS = 9;

/**
 * What coupons take off lines, one after the other, each off what the ones before have left. A
 * coupon takes at most what its lines have left; its parts sum to what is posted, to the billionth.
 */
export function couponDiscounts(
  lines: readonly OpenLine[],
  coupons: readonly Coupon[],
): readonly CouponDiscount[] {
  let left = lines.map(({ amount }) => amount);
  return coupons.map((coupon) => {
    const weights = left.map((amount, index) => {
      const isMeant = coupon.rules === null || coupon.rules.includes(termOf(lines[index]));
      return isMeant ? greatest(fromNano(amount), exactZero) : exactZero;
    });
    const sum = weights.reduce((total, weight) => total + toNano(weight), 0n);
    const { total } = applyCoupons(fromNano(sum), [
      coupon.percent === null
        ? { amount: parseExact(coupon.amount ?? '0') }
        : { percent: parseExact(coupon.percent) },
    ]);
    const amount = toNano(total);
    if (amount === 0n) return { coupon, amount, parts: left.map(() => 0n) };
    const parts = splitInUnits(fromNano(amount), weights, NANO_DIGITS);
    left = left.map((before, index) => before - (parts[index] ?? 0n));
    return { coupon, amount, parts };
  });
}

/** What a tax comes to, to the billionth. */
export function taxOf(net: MoneyNano, percent: string): MoneyNano {
  if (net <= 0n) return 0n;
  return toNano(multiply(fromNano(net), multiply(parseExact(percent), fraction(1n, 100n))));
}

/** The id in the price list that a line is of. */
function termOf(line: OpenLine | undefined): string {
  return (line?.ruleId ?? '').replace(/^recurring:/, '');
}
