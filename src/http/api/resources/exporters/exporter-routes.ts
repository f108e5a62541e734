import { z } from '@hono/zod-openapi';
import type { ExporterBook } from '../../../../billing/export/exporter-book.ts';
import type { ExporterSettings } from '../../../../billing/export/store.ts';
import { defineRoute, present, type ApiRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { DEFAULT_PAGE_ROWS, pageRows } from '../../framework/page-rows.ts';
import { nothingToChange } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import {
  exporterChangeSchema,
  exporterJson,
  exporterParams,
  exporterSchema,
  exportersSchema,
  newExporterSchema,
  refusedSchema,
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
    listRoute(deps),
    getRoute(deps),
    changeRoute(deps),
    removeRoute(deps),
    refusedRoute(deps),
  ];
}

const createRoute = ({ exporters, basePath }: ExporterRouteDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [path],
    operationIds: ['createExporter'],
    tag,
    summary: 'Have charges sent to another billing system',
    description: 'To Stripe, OpenMeter, Lago or a program of your own, each charge once in effect.',
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

const listRoute = ({ exporters }: ExporterRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [path],
    operationIds: ['listExporters'],
    tag,
    summary: 'List exporters and how they do',
    permission,
    answers: { 200: { description: 'All of the tenant.', schema: exportersSchema } },
    handle: async ({ principal }) => {
      const all = await exporters.list(principal.tenant);
      return respondJson(200, { exporters: all.map(exporterJson) });
    },
  });

const getRoute = ({ exporters }: ExporterRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [`${path}/{exporter}`],
    operationIds: ['getExporter'],
    tag,
    summary: 'See one exporter and how it does',
    permission,
    params: exporterParams,
    answers: { 200: { description: 'The exporter.', schema: exporterSchema } },
    versioned: true,
    handle: async ({ principal, params: { exporter } }) => {
      const found = await exporters.get(principal.tenant, exporter);
      return respondJson(200, exporterJson(found), entityTag(found));
    },
  });

const changeRoute = ({ exporters }: ExporterRouteDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: [`${path}/{exporter}`],
    operationIds: ['changeExporter'],
    tag,
    summary: 'Change an exporter',
    description: '`settings` replace the whole settings and keep the kind. It tries again at once.',
    permission,
    params: exporterParams,
    body: { schema: exporterChangeSchema, example: { enabled: false } },
    answers: { 200: { description: 'The exporter as it is then.', schema: exporterSchema } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params: { exporter }, body, ifVersion }) => {
      if (Object.keys(body).length === 0) {
        throw nothingToChange('Give one of name, settings, credential, enabled.');
      }
      const { settings, ...rest } = present(body);
      const wanted = settings === undefined ? {} : { settings: settings as ExporterSettings };
      const change = { ...rest, ...wanted };
      const after = await exporters.update(principal.tenant, exporter, change, ifVersion);
      return respondJson(200, exporterJson(after), entityTag(after));
    },
  });

const removeRoute = ({ exporters }: ExporterRouteDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: [`${path}/{exporter}`],
    operationIds: ['removeExporter'],
    tag,
    summary: 'Remove an exporter',
    description:
      'What the vendor has stays there. One made anew `from` the beginning sends it again.',
    permission,
    params: exporterParams,
    answers: { 204: { description: 'Removed.' } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params: { exporter }, ifVersion }) => {
      await exporters.remove(principal.tenant, exporter, ifVersion);
      return respondEmpty();
    },
  });

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
