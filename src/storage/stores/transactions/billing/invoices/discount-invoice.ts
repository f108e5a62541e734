import { couponDiscounts, isUsable, type OpenLine } from '../../../../../billing/invoices/store.ts';
import { discountCharge, type SubscribedPlan } from '../../../../../billing/store.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import { sql } from '../../../sql.ts';
import { change, type Steps } from '../../../transaction.ts';
import { writeCharges } from '../write-books.ts';
import { givenCoupons } from './coupons.ts';

/** Takes a tenant's coupons off the lines of an invoice, and posts what they come to. */
export function* discountInvoice(
  {
    tenant,
    id,
    plan,
    periodStartMs,
    nowMs,
  }: {
    readonly tenant: TenantId;
    readonly id: string;
    readonly plan: SubscribedPlan;
    readonly periodStartMs: number;
    readonly nowMs: number;
  },
  lines: readonly OpenLine[],
): Steps<readonly OpenLine[]> {
  const { currency } = plan.version.terms;
  const given = yield* givenCoupons(tenant);
  const coupons = given.filter((one) => isUsable(one, currency)).map(({ coupon }) => coupon);
  const used = couponDiscounts(lines, coupons).filter(({ amount }) => amount !== 0n);
  const charges = used.map(({ coupon, amount }) =>
    discountCharge(plan, { invoiceId: id, couponId: coupon.id, amount, periodStartMs, nowMs }),
  );
  yield* writeCharges(tenant, charges);
  for (const { coupon } of used) {
    yield* change(sql`UPDATE tenant_coupon SET used = used + 1
      WHERE tenant_id = ${tenant} AND coupon_id = ${coupon.id}`);
  }
  return used.map(({ coupon, amount }) => ({
    kind: 'discount',
    ruleId: `coupon:${coupon.id}`,
    title: coupon.percent === null ? coupon.name : `${coupon.name} (${coupon.percent} %)`,
    unit: 'discount',
    quantity: null,
    count: 1,
    servicePeriodStartMs: null,
    servicePeriodEndMs: null,
    amount: -amount,
  }));
}
