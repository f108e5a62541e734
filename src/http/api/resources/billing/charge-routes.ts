import { z } from '@hono/zod-openapi';
import type { Charge, ChargeKey } from '../../../../billing/store.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { DEFAULT_PAGE_ROWS, pageRows } from '../../framework/page-rows.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondJson } from '../../framework/respond.ts';

const ID = /^[A-Za-z0-9_-]{1,64}$/;

const querySchema = z.strictObject({
  limit: pageRows.optional(),
  cursor: z.string().max(1_000).optional(),
  subscription: z.string().regex(ID, 'Give the id of a subscription.').optional(),
  order: z.enum(['newest', 'oldest']).optional(),
});

const chargeSchema = z
  .strictObject({
    gateKey: z.string().describe('What is charged at most once by a rule.'),
    ruleId: z.string(),
    unit: z.string(),
    kind: z.string().describe('usage, late, period_open, period_close or void.'),
    usageId: z.string().nullable().describe('The usage record that it is for.'),
    planVersionId: z.string(),
    subscriptionId: z.string(),
    periodStartMs: z.int(),
    quantity: z.string().describe('An exact number as text.'),
    amount: z.string().describe('A decimal as text.'),
    currency: z.string(),
    atMs: z.int(),
  })
  .openapi('Charge');

const pageSchema = z
  .strictObject({
    charges: z.array(chargeSchema),
    nextCursor: z.string().nullable().describe('Goes into `cursor` for the next page.'),
  })
  .openapi('ChargePage');

const keySchema = z.tuple([z.string(), z.string(), z.int()]);

/** Charges of the own tenant, one by one. */
export function chargeRoutes({ billing }: ApiDeps): ApiRoute[] {
  const list = defineRoute({
    method: 'get',
    paths: ['/api/v1/billing/charges'],
    operationIds: ['listCharges'],
    tag: 'Billing',
    summary: 'List charges',
    description: 'By what they are for, the newest first unless `order` says otherwise.',
    permission: 'billing.read',
    query: querySchema,
    answers: { 200: { description: 'One page.', schema: pageSchema } },
    handle: async ({ principal, query }) => {
      const { limit = DEFAULT_PAGE_ROWS, cursor, subscription, order } = query;
      const found = await billing.charges.list(principal.tenant, {
        descending: order !== 'oldest',
        rowsMax: limit + 1,
        ...(cursor === undefined ? {} : { after: readCursor(cursor) }),
        ...(subscription === undefined ? {} : { subscriptionId: subscription }),
      });
      const last = found.length > limit ? found[limit - 1] : undefined;
      const nextCursor = last === undefined ? null : cursorOf(last);
      return respondJson(200, { charges: found.slice(0, limit).map(chargeJson), nextCursor });
    },
  });
  return [list];
}

function cursorOf({ gateKey, ruleId, seq }: ChargeKey): string {
  return Buffer.from(JSON.stringify([gateKey, ruleId, seq])).toString('base64url');
}

function readCursor(cursor: string): ChargeKey {
  try {
    const text = Buffer.from(cursor, 'base64url').toString();
    const [gateKey, ruleId, seq] = keySchema.parse(JSON.parse(text));
    return { gateKey, ruleId, seq };
  } catch {
    const problem = 'is not one of ours';
    throw fieldProblem([{ field: 'cursor', problem, fix: 'Give nextCursor of the page before.' }]);
  }
}

function chargeJson(charge: Charge): z.output<typeof chargeSchema> {
  const { gateKey, ruleId, unit, kind, usageId, planVersionId, subscriptionId } = charge;
  const { periodStartMs, quantity, amount, currency, atMs } = charge;
  const place = { gateKey, ruleId, unit, kind, usageId, planVersionId, subscriptionId };
  return { ...place, periodStartMs, quantity, amount: formatMoney(amount), currency, atMs };
}
