import { z } from '@hono/zod-openapi';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import { tenantId } from '../../../../kernel/principal.ts';
import { pathId } from '../../grants/identity-fields.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { DEFAULT_PAGE_ROWS, pageRows } from '../../framework/page-rows.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondJson } from '../../framework/respond.ts';
import {
  accountInvoiceParams,
  creditNoteSchema,
  headJson,
  invoiceSchema,
  invoicesSchema,
  noteJson,
} from './invoice-json.ts';
import {
  invoiceFormats,
  invoiceOf,
  renderInvoice,
  respondInvoice,
  type InvoiceFormat,
} from './invoice-routes.ts';
import { readMinorAmount } from './read-amount.ts';

const tag = 'Invoices';
const permission = 'invoices.manage';
const path = '/api/v1/billing/accounts';
const one = `${path}/{tenant}/invoices/{invoice}`;
const CURSOR = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{1,64})$/;

const reason = z.string().min(1).max(limits.billingNameCharactersMax);
const listQuery = z.strictObject({
  status: z.enum(['draft', 'final', 'void']).optional(),
  limit: pageRows.optional(),
  cursor: z.string().regex(CURSOR, 'Give nextCursor of the page before.').optional(),
});
const runSchema = z
  .strictObject({ tenant: pathId.describe('The tenant whose periods are looked at.') })
  .openapi('InvoiceRun');
const ranSchema = z
  .strictObject({ drafts: z.int().describe('Drafts that were made.') })
  .openapi('InvoiceRunResult');
const voidSchema = z.strictObject({ reason }).openapi('InvoiceVoid');
const noteSchema = z
  .strictObject({
    key: pathId.describe('The same key gives back once, however often it is sent.'),
    amount: z
      .string()
      .max(40)
      .describe('With tax; everything that is left when it is left out.')
      .optional(),
    reason,
  })
  .openapi('CreditNoteRequest');

/** Invoices of all tenants, for the operator. */
export function accountInvoiceRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    listRoute(deps),
    runRoute(deps),
    getRoute(deps),
    ...invoiceFormats.map((format) => formatRoute(deps, format)),
    finaliseRoute(deps),
    voidRoute(deps),
    creditRoute(deps),
  ];
}

const listRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [`${path}/invoices`],
    operationIds: ['listAccountInvoices'],
    tag,
    summary: 'List the invoices of all tenants',
    description: 'By tenant; `status=draft` are those that wait to be made final.',
    permission,
    query: listQuery,
    answers: { 200: { description: 'One page.', schema: invoicesSchema } },
    handle: async ({ query: { status, limit = DEFAULT_PAGE_ROWS, cursor } }) => {
      const [, tenant, id = ''] = CURSOR.exec(cursor ?? '') ?? [];
      const place = tenant === undefined ? undefined : { tenant, id };
      const found = await billing.invoices.listAll(status, place, limit + 1);
      const last = found.length > limit ? found[limit - 1] : undefined;
      const nextCursor = last === undefined ? null : `${last.tenant}.${last.id}`;
      return respondJson(200, { invoices: found.slice(0, limit).map(headJson), nextCursor });
    },
  });

const runRoute = ({ billing, seller, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/billing/invoices'],
    operationIds: ['makeInvoices'],
    tag,
    summary: 'Make the drafts of a tenant that are due',
    description: 'What a job does every few minutes; a period is due when it is closed.',
    permission,
    body: { schema: runSchema, example: { tenant: 'ten_acme' } },
    answers: { 200: { description: 'How many there were.', schema: ranSchema } },
    handle: async ({ body }) => {
      const request = { nowMs: now(), seller, fence: null };
      const drafted = await billing.invoices.draft(tenantId(body.tenant), request);
      return respondJson(200, { drafts: drafted?.count ?? 0 });
    },
  });

const getRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [one],
    operationIds: ['getAccountInvoice'],
    tag,
    summary: 'See an invoice of a tenant',
    permission,
    params: accountInvoiceParams,
    answers: { 200: { description: 'The invoice.', schema: invoiceSchema } },
    handle: ({ params: { tenant, invoice } }) =>
      respondInvoice(billing.invoices, tenantId(tenant), invoice),
  });

const formatRoute = ({ billing }: ApiDeps, format: InvoiceFormat): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [`${one}/${format.name}`],
    operationIds: [`getAccountInvoiceAs${format.title}`],
    tag,
    summary: `Get an invoice of a tenant as ${format.says}`,
    permission,
    params: accountInvoiceParams,
    answers: { 200: { description: 'The file.', mediaType: format.mediaType } },
    handle: async ({ params: { tenant, invoice } }) =>
      renderInvoice(await invoiceOf(billing.invoices, tenantId(tenant), invoice), format),
  });

const finaliseRoute = ({ billing, seller, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [`${one}/finalise`],
    operationIds: ['finaliseInvoice'],
    tag,
    summary: 'Make an invoice final',
    description: 'It gets the next number and never changes again. Asked twice it does so once.',
    permission,
    params: accountInvoiceParams,
    answers: { 200: { description: 'The invoice.', schema: invoiceSchema } },
    errors: ['conflict'],
    handle: async ({ params }) => {
      const tenant = tenantId(params.tenant);
      const invoice = await invoiceOf(billing.invoices, tenant, params.invoice);
      if (seller.name === '') {
        throw new GatewayError('conflict', 'Nobody sends it: set billing.seller.name.');
      }
      await billing.invoices.finalise(tenant, { id: invoice.id, seller, nowMs: now() });
      return respondInvoice(billing.invoices, tenant, invoice.id);
    },
  });

const voidRoute = ({ billing, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [`${one}/void`],
    operationIds: ['voidInvoice'],
    tag,
    summary: 'Make an invoice void',
    description: 'Nobody owes what is left of it. Its charges are not billed again.',
    permission,
    params: accountInvoiceParams,
    body: { schema: voidSchema, example: { reason: 'Sent to the wrong company' } },
    answers: { 200: { description: 'The invoice.', schema: invoiceSchema } },
    errors: ['conflict'],
    handle: async ({ params, body }) => {
      const [tenant, id] = [tenantId(params.tenant), params.invoice];
      const request = { id, reason: body.reason, nowMs: now() };
      const voided = await billing.invoices.void(tenant, request);
      if (voided === undefined) throw new GatewayError('not_found');
      return respondInvoice(billing.invoices, tenant, id);
    },
  });

const creditRoute = ({ billing, seller, ids, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [`${one}/credit-notes`],
    operationIds: ['creditInvoice'],
    tag,
    summary: 'Give a part of a final invoice back',
    permission,
    params: accountInvoiceParams,
    body: {
      schema: noteSchema,
      example: { key: 'outage-1', amount: '12.50', reason: 'Outage of 3 May' },
    },
    answers: { 201: { description: 'The credit note.', schema: creditNoteSchema } },
    errors: ['conflict'],
    handle: async ({ params, body: { key, amount, reason: why } }) => {
      const tenant = tenantId(params.tenant);
      const { currency } = await invoiceOf(billing.invoices, tenant, params.invoice);
      const wanted = amount === undefined ? null : readMinorAmount(amount, currency);
      if (wanted !== null && wanted <= 0n) {
        const fix = 'Give more than 0.';
        throw fieldProblem([{ field: 'amount', problem: 'gives nothing back', fix }]);
      }
      const note = await billing.invoices.credit(tenant, {
        invoiceId: params.invoice,
        id: ids.next('crn'),
        key,
        amount: wanted,
        reason: why,
        series: seller.creditSeries,
        nowMs: now(),
      });
      if (note === undefined) throw new GatewayError('not_found');
      return respondJson(201, noteJson(note));
    },
  });
