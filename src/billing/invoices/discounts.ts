import {
  add,
  compare,
  type Exact,
  exactZero,
  greatest,
  least,
  multiply,
  fraction,
  subtract,
} from '../../kernel/exact.ts';
import { splitExactly } from './split-amount.ts';

/** Something off an invoice: a part of it, or an amount. */
export interface Coupon {
  readonly percent?: Exact;
  readonly amount?: Exact;
  /** What the percentage is of, when it is of a part of the invoice and not of what is left. */
  readonly of?: Exact;
  /** The lines that it is for, counted from 0; all when it is left out. */
  readonly lines?: readonly number[];
  /** How many invoices it is for; all when it is left out. */
  readonly invoices?: bigint;
}

/** What coupons take off an amount, in their order. */
export interface Discounted {
  readonly discounts: readonly Exact[];
  readonly total: Exact;
  readonly net: Exact;
}

/** What coupons take off lines, and what is left of each. */
export interface DiscountedLines extends Discounted {
  readonly lineDiscounts: readonly Exact[];
  readonly lineNets: readonly Exact[];
}

/** Takes coupons off an amount one after the other, each off what the ones before have left. */
export function applyCoupons(subtotal: Exact, coupons: readonly Coupon[]): Discounted {
  return discountLines([subtotal], coupons);
}

/**
 * Takes coupons off lines, each spread over its lines by what is still left of them. A coupon takes
 * at most what its lines have left, so that nothing falls below 0.
 */
export function discountLines(
  lines: readonly Exact[],
  coupons: readonly Coupon[],
): DiscountedLines {
  let nets = lines;
  const discounts: Exact[] = [];
  for (const coupon of coupons) {
    const weights = nets.map((net, index) =>
      coupon.lines === undefined || coupon.lines.includes(index)
        ? greatest(net, exactZero)
        : exactZero,
    );
    const left = weights.reduce(add, exactZero);
    const discount = least(couponAmount(coupon, left), left);
    discounts.push(discount);
    if (discount.numerator === 0n) continue;
    const parts = splitExactly(discount, weights);
    nets = nets.map((net, index) => subtract(net, parts[index] ?? exactZero));
  }
  const total = discounts.reduce(add, exactZero);
  return {
    discounts,
    total,
    net: nets.reduce(add, exactZero),
    lineNets: nets,
    lineDiscounts: lines.map((line, index) => subtract(line, nets[index] ?? line)),
  };
}

/** Whether a coupon is still good on the invoice with this number, counted from 0 at its first. */
export function isCouponGood({ invoices }: Coupon, invoice: bigint): boolean {
  return invoices === undefined || invoice < invoices;
}

/** What a coupon asks for, before it is limited to what is left; never below 0. */
function couponAmount({ percent, amount, of }: Coupon, left: Exact): Exact {
  const share = multiply(percent ?? exactZero, fraction(1n, 100n));
  const byShare = multiply(of ?? left, share);
  const asked = add(byShare, amount ?? exactZero);
  return compare(asked, exactZero) > 0 ? asked : exactZero;
}
