import { z } from '@hono/zod-openapi';
import type { Invoice, InvoiceHead } from '../../../../billing/invoices/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { pathId } from '../../grants/identity-fields.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { DEFAULT_PAGE_ROWS, pageRows } from '../../framework/page-rows.ts';
import { respondJson } from '../../framework/respond.ts';
import { headJson, invoiceJson, invoiceSchema, invoicesSchema } from './invoice-json.ts';
import { invoicePage } from './render/invoice-page.ts';
import { download, linesAsCsv, linesAsJsonl } from './render/invoice-lines.ts';

const tag = 'Invoices';
const permission = 'billing.read';
const path = '/api/v1/billing/invoices';
const CURSOR = /^(\d{1,15})\.([A-Za-z0-9_-]{1,64})$/;

const querySchema = z.strictObject({
  status: z.enum(['draft', 'final', 'void']).optional(),
  limit: pageRows.optional(),
  cursor: z.string().regex(CURSOR, 'Give nextCursor of the page before.').optional(),
});
const params = z.strictObject({ invoice: pathId });

/** The forms of an invoice that are not JSON. */
export const invoiceFormats = [
  { name: 'html', title: 'Page', says: 'a page', mediaType: 'text/html' },
  { name: 'pdf', title: 'Pdf', says: 'a PDF', mediaType: 'application/pdf' },
  { name: 'csv', title: 'Csv', says: 'its lines in CSV', mediaType: 'text/csv' },
  {
    name: 'jsonl',
    title: 'JsonLines',
    says: 'its lines in JSON',
    mediaType: 'application/x-ndjson',
  },
] as const;

/** One of them. */
export type InvoiceFormat = (typeof invoiceFormats)[number];

/** Invoices of the own tenant. */
export function ownInvoiceRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    listRoute(deps),
    getRoute(deps),
    ...invoiceFormats.map((format) => formatRoute(deps, format)),
  ];
}

const listRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [path],
    operationIds: ['listInvoices'],
    tag,
    summary: 'List the invoices of the own tenant',
    description: 'The newest first.',
    permission,
    query: querySchema,
    answers: { 200: { description: 'One page.', schema: invoicesSchema } },
    handle: async ({ principal, query: { status, limit = DEFAULT_PAGE_ROWS, cursor } }) => {
      const [, madeAt, id = ''] = CURSOR.exec(cursor ?? '') ?? [];
      const found = await billing.invoices.list(principal.tenant, {
        rowsMax: limit + 1,
        ...(status === undefined ? {} : { status }),
        ...(madeAt === undefined ? {} : { before: { madeAtMs: Number(madeAt), id } }),
      });
      return respondJson(200, pageOf(found, limit));
    },
  });

const getRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [`${path}/{invoice}`],
    operationIds: ['getInvoice'],
    tag,
    summary: 'See an invoice with its lines',
    permission,
    params,
    answers: { 200: { description: 'The invoice.', schema: invoiceSchema } },
    handle: ({ principal, params: { invoice } }) =>
      respondInvoice(billing.invoices, principal.tenant, invoice),
  });

const formatRoute = ({ billing }: ApiDeps, format: InvoiceFormat): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [`${path}/{invoice}/${format.name}`],
    operationIds: [`getInvoiceAs${format.title}`],
    tag,
    summary: `Get an invoice as ${format.says}`,
    permission,
    params,
    answers: { 200: { description: 'The file.', mediaType: format.mediaType } },
    handle: async ({ principal, params: { invoice } }) =>
      renderInvoice(await invoiceOf(billing.invoices, principal.tenant, invoice), format),
  });

/** An invoice in one of the forms that are not JSON. */
export async function renderInvoice(invoice: Invoice, { name }: InvoiceFormat): Promise<Response> {
  if (name === 'html') return invoicePage(invoice);
  if (name === 'csv') return linesAsCsv(invoice);
  if (name === 'jsonl') return linesAsJsonl(invoice);
  // Loaded now: it takes long, and few ask for it.
  const { invoicePdf } = await import('./render/invoice-pdf.ts');
  return download(invoice, await invoicePdf(invoice), 'application/pdf', 'pdf');
}

/** An invoice; rejects with `not_found`. */
export async function invoiceOf(
  invoices: ApiDeps['billing']['invoices'],
  tenant: TenantId,
  id: string,
): Promise<Invoice> {
  const invoice = await invoices.get(tenant, id);
  if (invoice === undefined) throw new GatewayError('not_found');
  return invoice;
}

/** Answers with an invoice and what was given back of it. */
export async function respondInvoice(
  invoices: ApiDeps['billing']['invoices'],
  tenant: TenantId,
  id: string,
): Promise<Response> {
  const invoice = await invoiceOf(invoices, tenant, id);
  return respondJson(200, invoiceJson(invoice, await invoices.notes(tenant, id)));
}

function pageOf(found: readonly InvoiceHead[], rows: number): z.output<typeof invoicesSchema> {
  const last = found.length > rows ? found[rows - 1] : undefined;
  const nextCursor = last === undefined ? null : `${last.madeAtMs}.${last.id}`;
  return { invoices: found.slice(0, rows).map(headJson), nextCursor };
}
