import { z } from '@hono/zod-openapi';
import type { StoredOneOff } from '../../../../billing/invoices/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import { tenantId } from '../../../../kernel/principal.ts';
import { pathId } from '../../grants/identity-fields.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { respondJson } from '../../framework/respond.ts';
import { currencyCode } from './currency-code.ts';
import { readAmount } from './read-amount.ts';

const tag = 'Invoices';
const permission = 'invoices.manage';
const path = '/api/v1/billing/accounts/{tenant}/one-offs';
const params = z.strictObject({ tenant: pathId });

const requestSchema = z
  .strictObject({
    key: pathId.describe('The same key charges once, however often it is sent.'),
    title: z.string().min(1).max(limits.billingNameCharactersMax),
    amount: z.string().max(40).describe('A decimal as text.'),
    currency: currencyCode.describe('That of the plan the tenant is on.'),
  })
  .openapi('OneOffRequest');

const oneOffSchema = z
  .strictObject({
    key: z.string(),
    title: z.string(),
    amount: z.string(),
    currency: z.string(),
    subscriptionId: z.string(),
    periodStartMs: z.int().describe('The period whose invoice it is on.'),
    atMs: z.int(),
  })
  .openapi('OneOff');
const listSchema = z.strictObject({ oneOffs: z.array(oneOffSchema) }).openapi('OneOffs');

/** Charges made by hand, for the operator. */
export function oneOffRoutes({ billing, now }: ApiDeps): ApiRoute[] {
  const list = defineRoute({
    method: 'get',
    paths: [path],
    operationIds: ['listOneOffs'],
    tag,
    summary: 'List what a tenant was charged by hand',
    permission,
    params,
    answers: { 200: { description: 'The newest first.', schema: listSchema } },
    handle: async ({ params: { tenant } }) => {
      const found = await billing.oneOffs.list(tenantId(tenant));
      return respondJson(200, { oneOffs: found.map(oneOffJson) });
    },
  });
  const charge = defineRoute({
    method: 'post',
    paths: [path],
    operationIds: ['chargeOneOff'],
    tag,
    summary: 'Charge a tenant by hand, once for each key',
    description: 'It is on the invoice of the period that is open now.',
    permission,
    params,
    body: {
      schema: requestSchema,
      example: { key: 'set-up', title: 'Set-up', amount: '250', currency: 'USD' },
    },
    answers: { 201: { description: 'What was charged.', schema: oneOffSchema } },
    errors: ['conflict'],
    handle: async ({ params: { tenant }, body }) => {
      const amount = readAmount(body.amount);
      const request = { ...body, amount, nowMs: now() };
      return respondJson(201, oneOffJson(await billing.oneOffs.charge(tenantId(tenant), request)));
    },
  });
  return [list, charge];
}

function oneOffJson({ amount, ...one }: StoredOneOff): z.output<typeof oneOffSchema> {
  return { ...one, amount: formatMoney(amount) };
}
