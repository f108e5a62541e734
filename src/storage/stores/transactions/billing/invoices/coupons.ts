import type { Coupon, GivenCoupon } from '../../../../../billing/invoices/store.ts';
import { GatewayError } from '../../../../../kernel/errors.ts';
import { limits } from '../../../../../kernel/limits.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import { toCoupon, type CouponRow } from '../../../rows/invoice-rows.ts';
import { sql } from '../../../sql.ts';
import { allRows, change, firstRow, type Steps } from '../../../transaction.ts';
import { countRows } from '../../identity/count-rows.ts';

/** Adds a coupon. */
export function* insertCoupon(coupon: Coupon): Steps<null> {
  yield* countRows(sql`SELECT count(*) AS rows FROM coupon`, limits.couponsMax, 'coupons');
  const { id, name, percent, amount, currency, count, rules, createdAtMs } = coupon;
  const taken = yield* firstRow(sql`SELECT id FROM coupon WHERE name = ${name}`);
  if (taken !== undefined) throw new GatewayError('conflict', 'A coupon has this name already.');
  yield* change(sql`INSERT INTO coupon (id, name, percent, amount, currency, invoices, rules,
      created_at_ms)
    VALUES (${id}, ${name}, ${percent}, ${amount}, ${currency}, ${count},
      ${rules === null ? null : JSON.stringify(rules)}, ${createdAtMs})`);
  return null;
}

/** The coupons that a tenant was given, in that order. */
export function* givenCoupons(tenant: TenantId): Steps<readonly GivenCoupon[]> {
  const rows = yield* allRows<CouponRow & GivenRow>(sql`SELECT coupon.*, given_at_ms, used,
      ended_at_ms FROM tenant_coupon JOIN coupon ON coupon.id = coupon_id
    WHERE tenant_id = ${tenant} ORDER BY given_at_ms, coupon_id`);
  return rows.map((row) => ({
    coupon: toCoupon(row),
    givenAtMs: row.given_at_ms,
    count: row.used,
    endedAtMs: row.ended_at_ms,
  }));
}

/** Gives a tenant a coupon; false when there is no such coupon or tenant. */
export function* giveCoupon({
  tenant,
  couponId,
  atMs,
}: {
  readonly tenant: TenantId;
  readonly couponId: string;
  readonly atMs: number;
}): Steps<boolean> {
  const known = yield* firstRow(sql`SELECT tenant.id FROM tenant JOIN coupon
    ON coupon.id = ${couponId} WHERE tenant.id = ${tenant}`);
  if (known === undefined) return false;
  const given = yield* givenCoupons(tenant);
  if (given.some(({ coupon }) => coupon.id === couponId)) {
    throw new GatewayError('conflict', 'The tenant was given this coupon already.');
  }
  if (given.length >= limits.couponsPerTenantMax) {
    throw new GatewayError('conflict', `A tenant has at most ${limits.couponsPerTenantMax}.`);
  }
  yield* change(sql`INSERT INTO tenant_coupon (tenant_id, coupon_id, given_at_ms, used, ended_at_ms)
    VALUES (${tenant}, ${couponId}, ${atMs}, 0, NULL)`);
  return true;
}

/** Ends a tenant's coupon; false when it does not have it. */
export function* endCoupon({
  tenant,
  couponId,
  atMs,
}: {
  readonly tenant: TenantId;
  readonly couponId: string;
  readonly atMs: number;
}): Steps<boolean> {
  const changes = yield* change(sql`UPDATE tenant_coupon SET ended_at_ms = ${atMs}
    WHERE tenant_id = ${tenant} AND coupon_id = ${couponId} AND ended_at_ms IS NULL`);
  return changes === 1;
}

interface GivenRow {
  readonly given_at_ms: number;
  readonly used: number;
  readonly ended_at_ms: number | null;
}
