/** Something off invoices: a part of them, or an amount. */
export interface Coupon {
  readonly id: string;
  /** No two coupons have the same. */
  readonly name: string;
  /** A decimal as text; null for an amount. */
  readonly percent: string | null;
  /** A decimal as text, with its currency; null for a percentage. */
  readonly amount: string | null;
  readonly currency: string | null;
  /** How many invoices it is for; null for all. */
  readonly count: number | null;
  /** The rules and recurring charges that it is for, by their ids; null for everything. */
  readonly rules: readonly string[] | null;
  readonly createdAtMs: number;
}

/** A coupon that a tenant was given. */
export interface GivenCoupon {
  readonly coupon: Coupon;
  readonly givenAtMs: number;
  /** On how many invoices it was used. */
  readonly count: number;
  readonly endedAtMs: number | null;
}

/** Whether a coupon still takes something off an invoice in this currency. */
export function isUsable({ coupon, count, endedAtMs }: GivenCoupon, currency: string): boolean {
  if (endedAtMs !== null) return false;
  if (coupon.currency !== null && coupon.currency !== currency) return false;
  return coupon.count === null || count < coupon.count;
}
