import { z } from '@hono/zod-openapi';
import type { Coupon, GivenCoupon } from '../../../../billing/invoices/store.ts';
import { decimalText, positiveText } from '../../../../billing/plans/price-schema.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import { tenantId } from '../../../../kernel/principal.ts';
import { pathId } from '../../grants/identity-fields.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import { currencyCode } from './currency-code.ts';

const tag = 'Invoices';
const permission = 'invoices.manage';
const path = '/api/v1/billing/coupons';
const given = '/api/v1/billing/accounts/{tenant}/coupons';

const requestSchema = z
  .strictObject({
    name: z.string().min(1).max(limits.billingNameCharactersMax),
    percent: positiveText.describe('A part of what is left of its lines.').optional(),
    amount: positiveText.describe('A fixed amount, with its currency.').optional(),
    currency: currencyCode.optional(),
    invoices: z
      .int()
      .min(1)
      .max(1_000)
      .describe('How many invoices it is for; all when it is left out.')
      .optional(),
    rules: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'Give the id of a rule.'))
      .min(1)
      .max(limits.couponRulesMax)
      .describe('The rules and recurring charges it is for; all when it is left out.')
      .optional(),
  })
  .openapi('CouponRequest');

const couponSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    percent: decimalText.nullable(),
    amount: decimalText.nullable(),
    currency: z.string().nullable(),
    invoices: z.int().nullable(),
    rules: z.array(z.string()).nullable(),
    createdAtMs: z.int(),
  })
  .openapi('Coupon');
const couponsSchema = z.strictObject({ coupons: z.array(couponSchema) }).openapi('Coupons');

const givenSchema = z
  .strictObject({
    coupons: z.array(
      z.strictObject({
        coupon: couponSchema,
        givenAtMs: z.int(),
        used: z.int().describe('On how many invoices.'),
        endedAtMs: z.int().nullable(),
      }),
    ),
  })
  .openapi('GivenCoupons');
const giveSchema = z.strictObject({ coupon: pathId }).openapi('CouponGift');
const tenantParams = z.strictObject({ tenant: pathId });

/** Coupons, and who was given which, for the operator. */
export function couponRoutes(deps: ApiDeps): ApiRoute[] {
  return [listRoute(deps), createRoute(deps), givenRoute(deps), giveRoute(deps), endRoute(deps)];
}

const listRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [path],
    operationIds: ['listCoupons'],
    tag,
    summary: 'List all coupons',
    permission,
    answers: { 200: { description: 'By name.', schema: couponsSchema } },
    handle: async () => {
      return respondJson(200, { coupons: (await billing.coupons.list()).map(couponJson) });
    },
  });

const createRoute = ({ billing, ids, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [path],
    operationIds: ['createCoupon'],
    tag,
    summary: 'Make a coupon',
    description: 'A percentage, or an amount with its currency. It never changes.',
    permission,
    body: { schema: requestSchema, example: { name: 'Launch', percent: '20', invoices: 3 } },
    answers: { 201: { description: 'Made.', schema: couponSchema } },
    errors: ['conflict'],
    handle: async ({ body }) => {
      checkKind(body);
      const coupon: Coupon = {
        id: ids.next('cpn'),
        name: body.name,
        percent: body.percent ?? null,
        amount: body.amount ?? null,
        currency: body.currency ?? null,
        count: body.invoices ?? null,
        rules: body.rules ?? null,
        createdAtMs: now(),
      };
      await billing.coupons.insert(coupon);
      return respondJson(201, couponJson(coupon));
    },
  });

const givenRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [given],
    operationIds: ['listGivenCoupons'],
    tag,
    summary: 'List the coupons that a tenant was given',
    permission,
    params: tenantParams,
    answers: { 200: { description: 'In the order in which they apply.', schema: givenSchema } },
    handle: async ({ params }) => {
      const found = await billing.coupons.given(tenantId(params.tenant));
      return respondJson(200, { coupons: found.map(givenJson) });
    },
  });

const giveRoute = ({ billing, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [given],
    operationIds: ['giveCoupon'],
    tag,
    summary: 'Give a tenant a coupon',
    description: 'From its next draft on, behind those that it has.',
    permission,
    params: tenantParams,
    body: { schema: giveSchema, example: { coupon: 'cpn_1' } },
    answers: { 204: { description: 'Given.' } },
    errors: ['conflict'],
    handle: async ({ params, body }) => {
      const isGiven = await billing.coupons.give(tenantId(params.tenant), body.coupon, now());
      if (!isGiven) throw new GatewayError('not_found');
      return respondEmpty();
    },
  });

const endRoute = ({ billing, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: [`${given}/{coupon}`],
    operationIds: ['endCoupon'],
    tag,
    summary: 'Take a coupon from a tenant',
    description: 'What it has taken off stays off.',
    permission,
    params: z.strictObject({ tenant: pathId, coupon: pathId }),
    answers: { 204: { description: 'Ended.' } },
    handle: async ({ params }) => {
      const isEnded = await billing.coupons.end(tenantId(params.tenant), params.coupon, now());
      if (!isEnded) throw new GatewayError('not_found');
      return respondEmpty();
    },
  });

function checkKind({ percent, amount, currency }: z.output<typeof requestSchema>): void {
  if ((percent === undefined) === (amount === undefined)) {
    const fix = 'Give percent, or amount with currency.';
    throw fieldProblem([{ field: 'percent', problem: 'is there with amount, or neither is', fix }]);
  }
  if ((amount === undefined) !== (currency === undefined)) {
    const fix = 'Give a currency with an amount, and none with a percentage.';
    throw fieldProblem([{ field: 'currency', problem: 'does not go with it', fix }]);
  }
}

function couponJson({ count, rules, ...coupon }: Coupon): z.output<typeof couponSchema> {
  return { ...coupon, invoices: count, rules: rules === null ? null : [...rules] };
}

function givenJson({ coupon, count, givenAtMs, endedAtMs }: GivenCoupon) {
  return { coupon: couponJson(coupon), givenAtMs, used: count, endedAtMs };
}
