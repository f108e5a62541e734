import { z } from '@hono/zod-openapi';
import type { BillingDetails } from '../../../../billing/invoices/store.ts';
import { decimalText } from '../../../../billing/plans/price-schema.ts';
import { limits } from '../../../../kernel/limits.ts';
import { tenantId } from '../../../../kernel/principal.ts';
import { pathId } from '../../grants/identity-fields.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { respondJson } from '../../framework/respond.ts';

const tag = 'Invoices';
const path = '/api/v1/billing/details';
const account = '/api/v1/billing/accounts/{tenant}/details';

const line = z.string().max(limits.billingNameCharactersMax);
const partyShape = {
  name: line.min(1).optional(),
  address: z.string().max(limits.billingAddressCharactersMax).optional(),
  taxId: line.optional(),
  email: z.union([z.literal(''), z.email()]).optional(),
};
const taxRate = z.strictObject({
  name: line.min(1),
  percent: decimalText.refine((text) => Number(text) <= 100, { error: 'Give at most 100.' }),
});
const changeSchema = z.strictObject(partyShape).openapi('BillingDetailsChange');
const accountChangeSchema = z
  .strictObject({
    ...partyShape,
    taxRates: z.array(taxRate).max(limits.taxRatesMax).optional(),
  })
  .openapi('AccountDetailsChange');
const detailsSchema = z
  .strictObject({
    name: z.string(),
    address: z.string(),
    taxId: z.string(),
    email: z.string(),
    taxRates: z.array(z.strictObject({ name: z.string(), percent: z.string() })),
    updatedAtMs: z.int(),
    version: z.int(),
  })
  .openapi('BillingDetails');

const answer = { description: 'Whom invoices are addressed to.', schema: detailsSchema };
const accountParams = z.strictObject({ tenant: pathId });

/** Whom invoices are addressed to: for the tenant itself, and for the operator. */
export function detailsRoutes(deps: ApiDeps): ApiRoute[] {
  return [ownRoute(deps), changeOwnRoute(deps), getRoute(deps), changeRoute(deps)];
}

const ownRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [path],
    operationIds: ['getBillingDetails'],
    tag,
    summary: 'See whom invoices of the own tenant are addressed to',
    permission: 'billing.read',
    answers: { 200: answer },
    versioned: true,
    handle: async ({ principal }) => respond(await billing.billingDetails.get(principal.tenant)),
  });

const changeOwnRoute = ({ billing, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: [path],
    operationIds: ['changeBillingDetails'],
    tag,
    summary: 'Change whom invoices of the own tenant are addressed to',
    description: 'What is final stays as it is. Tax rates are set by the operator.',
    permission: 'tenant.manage',
    body: { schema: changeSchema, example: { name: 'Acme AG', email: 'accounts@acme.example' } },
    answers: { 200: answer },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, body, ifVersion }) => {
      const change = { ...present(body), atMs: now(), ifVersion };
      return respond(await billing.billingDetails.change(principal.tenant, change));
    },
  });

const getRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [account],
    operationIds: ['getAccountDetails'],
    tag,
    summary: 'See whom invoices of a tenant are addressed to',
    permission: 'invoices.manage',
    params: accountParams,
    answers: { 200: answer },
    versioned: true,
    handle: async ({ params }) =>
      respond(await billing.billingDetails.get(tenantId(params.tenant))),
  });

const changeRoute = ({ billing, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: [account],
    operationIds: ['changeAccountDetails'],
    tag,
    summary: 'Change whom invoices of a tenant are addressed to, and its taxes',
    permission: 'invoices.manage',
    params: accountParams,
    body: {
      schema: accountChangeSchema,
      example: { taxRates: [{ name: 'VAT', percent: '8.1' }] },
    },
    answers: { 200: answer },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ params, body, ifVersion }) => {
      const change = { ...present(body), atMs: now(), ifVersion };
      return respond(await billing.billingDetails.change(tenantId(params.tenant), change));
    },
  });

/** Nothing was said yet in version 0, which no ETag names. */
function respond(details: BillingDetails): Response {
  const headers: Record<string, string> =
    details.version === 0 ? {} : { ETag: `"${details.version}"` };
  return respondJson(200, details, headers);
}
