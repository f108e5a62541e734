import { z } from '@hono/zod-openapi';
import type { ExporterBook } from '../../../../billing/export/exporter-book.ts';
import type { ExporterSettings } from '../../../../billing/export/store.ts';
import { defineRoute, type ApiRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { keptRoutes } from '../../framework/kept-routes.ts';
import { DEFAULT_PAGE_ROWS, pageRows } from '../../framework/page-rows.ts';
import { respondJson } from '../../framework/respond.ts';
import {
  exportedInvoicesSchema,
  exporterChangeSchema,
  exporterJson,
  exporterParams,
  exporterSchema,
  exportersSchema,
  newExporterSchema,
  refusedSchema,
  retriedSchema,
  retrySchema,
} from './exporter-json.ts';

/** What the routes of exporters need. */
export interface ExporterRouteDeps {
  readonly exporters: ExporterBook;
  readonly basePath: string;
}

const tag = 'Billing';
const permission = 'exporters.manage';
const path = '/api/v1/billing/exporters';

/** What sends charges of the tenant to other billing systems. */
export function exporterRoutes(deps: ExporterRouteDeps): ApiRoute[] {
  return [
    createRoute(deps),
    ...keptExporters(deps),
    refusedRoute(deps),
    retryRoute(deps),
    invoicesRoute(deps),
  ];
}

const createRoute = ({ exporters, basePath }: ExporterRouteDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [path],
    operationIds: ['createExporter'],
    tag,
    summary: 'Have charges sent to another billing system',
    description:
      'To Stripe, OpenMeter, Lago or a program of your own, each charge once in effect; or final ' +
      'invoices to Stripe.',
    permission,
    body: {
      schema: newExporterSchema,
      example: {
        name: 'Stripe',
        settings: { kind: 'stripe', customer: 'cus_1', codes: { call: 'mcp_calls' } },
        credential: 'a key with access to meter events',
      },
    },
    answers: { 201: { description: 'Made.', schema: exporterSchema } },
    errors: ['conflict'],
    handle: async ({ principal, body }) => {
      const { name, credential, enabled = true, from = 'now' } = body;
      const settings = body.settings as ExporterSettings;
      const wanted = { name, settings, credential, enabled, from };
      const made = await exporters.create(principal.tenant, wanted);
      const headers = { Location: `${basePath}${path}/${made.id}`, ...entityTag(made) };
      return respondJson(201, exporterJson(made), headers);
    },
  });

/** How exporters are listed, shown, changed and removed. */
const kind = {
  tag,
  permission,
  path,
  noun: 'exporter',
  name: 'Exporter',
  article: 'an',
  params: exporterParams,
  schema: exporterSchema,
  listSchema: exportersSchema,
  changeSchema: exporterChangeSchema,
  changeExample: { enabled: false },
  says: {
    list: 'List exporters and how they do',
    one: 'See one exporter and how it does',
    change: '`settings` replace the whole settings and keep the kind. It tries again at once.',
    remove: 'What the vendor has stays there. One made anew `from` the beginning sends it again.',
  },
  toJson: exporterJson,
} as const;

function keptExporters({ exporters }: ExporterRouteDeps): ApiRoute[] {
  return keptRoutes(kind, {
    list: (tenant) => exporters.list(tenant),
    get: (tenant, id) => exporters.get(tenant, id),
    update: (tenant, id, { settings, ...rest }, ifVersion) => {
      const wanted = settings === undefined ? {} : { settings: settings as ExporterSettings };
      return exporters.update(tenant, id, { ...rest, ...wanted }, ifVersion);
    },
    remove: (tenant, id, ifVersion) => exporters.remove(tenant, id, ifVersion),
  });
}

const refusedRoute = ({ exporters }: ExporterRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [`${path}/{exporter}/refused`],
    operationIds: ['listRefusedExports'],
    tag,
    summary: 'List charges that the vendor never takes',
    description: 'The latest first: too old, refused, or unknown whether they arrived.',
    permission,
    params: exporterParams,
    query: z.strictObject({ limit: pageRows.optional() }),
    answers: { 200: { description: 'The latest.', schema: refusedSchema } },
    handle: async ({ principal, params: { exporter }, query: { limit = DEFAULT_PAGE_ROWS } }) => {
      const rows = await exporters.refused(principal.tenant, exporter, limit);
      const refused = rows.map(({ gateKey, ruleId, seq, ...rest }) => {
        return { ...rest, chargeKey: gateKey, rule: ruleId, isVoid: seq < 0 };
      });
      return respondJson(200, { refused });
    },
  });

const retryRoute = ({ exporters }: ExporterRouteDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [`${path}/{exporter}/retry`],
    operationIds: ['retryRefusedExports'],
    tag,
    summary: 'Send what was refused once more',
    description:
      'Before everything else, and under the ids of the first time. What may have arrived under ' +
      'an id that the vendor forgets is not sent, and the list says so.',
    permission,
    params: exporterParams,
    body: { schema: retrySchema, example: {} },
    answers: { 200: { description: 'Marked.', schema: retriedSchema } },
    handle: async ({ principal, params: { exporter }, body: { events = null } }) =>
      respondJson(200, { marked: await exporters.retry(principal.tenant, exporter, events) }),
  });

const invoicesRoute = ({ exporters }: ExporterRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [`${path}/{exporter}/invoices`],
    operationIds: ['listExportedInvoices'],
    tag,
    summary: 'List invoices that are at the vendor, on their way or refused there',
    description: 'The latest first; for exporters of the kind `stripe_invoices`.',
    permission,
    params: exporterParams,
    query: z.strictObject({ limit: pageRows.optional() }),
    answers: { 200: { description: 'The latest.', schema: exportedInvoicesSchema } },
    handle: async ({ principal, params: { exporter }, query: { limit = DEFAULT_PAGE_ROWS } }) => {
      const invoices = await exporters.invoices(principal.tenant, exporter, limit);
      return respondJson(200, { invoices: [...invoices] });
    },
  });
