import { z } from '@hono/zod-openapi';
import type { Principal } from '../../../../kernel/principal.ts';
import {
  usageFields,
  type UsageField,
  type UsageQuery,
  type UsageRecord,
} from '../../../../metering/store.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { moment } from '../../framework/moment.ts';
import { DEFAULT_PAGE_ROWS, pageRows } from '../../framework/page-rows.ts';
import { respondJson } from '../../framework/respond.ts';

const ID = /^[A-Za-z0-9_-]{1,64}$/;

const querySchema = z.strictObject({
  limit: pageRows.optional(),
  cursor: z.string().regex(ID, 'Give nextCursor of the page before.').optional(),
  service: z.string().regex(ID, 'Give the id or the slug of a service.').optional(),
  from: moment.optional(),
  to: moment.optional(),
  order: z.enum(['newest', 'oldest']).optional(),
});

const SHOWN = usageFields.filter(({ isShown }) => isShown);

/** What the declaration says of a field, as the document of the API says it. */
function fieldSchema({ type, nullable, meaning, values }: UsageField): z.ZodType {
  const plain = {
    text: () => (values === undefined ? z.string() : z.enum(values)),
    integer: () => z.int(),
    real: () => z.number(),
    boolean: () => z.boolean(),
  }[type]();
  return (nullable ? plain.nullable() : plain).describe(meaning);
}

const recordSchema = z
  .strictObject(Object.fromEntries(SHOWN.map((field) => [field.name, fieldSchema(field)])))
  .openapi('UsageRecord');

const pageSchema = z
  .strictObject({
    records: z.array(recordSchema),
    nextCursor: z.string().nullable().describe('Goes into `cursor` for the next page.'),
  })
  .openapi('UsagePage');

const totalsSchema = z
  .strictObject({ records: z.int(), bytesIn: z.int(), bytesOut: z.int() })
  .openapi('UsageTotals');

/** Usage of the tenant: record by record, and summed up. */
export function usageRoutes(deps: ApiDeps): ApiRoute[] {
  return [pageRoute(deps), totalsRoute(deps)];
}

const pageRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/usage'],
    operationIds: ['listUsage'],
    tag: 'Usage',
    summary: 'List usage records',
    description:
      'Newest first unless `order` says otherwise; calls that have been answered are all there. ' +
      '`from` is included, `to` is not; both compare the start of an exchange.',
    permission: 'usage.read',
    query: querySchema,
    answers: { 200: { description: 'One page.', schema: pageSchema } },
    errors: ['not_found'],
    handle: async ({ principal, query }) => {
      const rows = query.limit ?? DEFAULT_PAGE_ROWS;
      const serviceId = await findServiceId(deps, principal, query.service);
      await deps.drainUsage();
      // One row more than wanted tells whether there is another page.
      const found = await deps.usage.list(principal.tenant, {
        descending: query.order !== 'oldest',
        rowsMax: rows + 1,
        ...(query.cursor === undefined ? {} : { after: query.cursor }),
        ...(serviceId === undefined ? {} : { serviceId }),
        ...(query.from === undefined ? {} : { fromMs: query.from }),
        ...(query.to === undefined ? {} : { toMs: query.to }),
      } satisfies UsageQuery);
      const records = found.slice(0, rows).map(recordJson);
      const nextCursor = found.length > rows ? (found[rows - 1]?.id ?? null) : null;
      return respondJson(200, { records, nextCursor });
    },
  });

const totalsRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/usage/summary'],
    operationIds: ['sumUsage'],
    tag: 'Usage',
    summary: 'Sum the usage up',
    permission: 'usage.read',
    answers: { 200: { description: 'Sums over all records.', schema: totalsSchema } },
    handle: async ({ principal }) => {
      await deps.drainUsage();
      const { records, bytesIn, bytesOut } = await deps.usage.totals(principal.tenant);
      return respondJson(200, { records, bytesIn, bytesOut });
    },
  });

/** An id is taken as it is, so that the usage of a removed service can still be asked for. */
async function findServiceId(
  deps: ApiDeps,
  principal: Principal,
  idOrSlug: string | undefined,
): Promise<string | undefined> {
  if (idOrSlug === undefined || idOrSlug.startsWith('svc_')) return idOrSlug;
  return (await deps.registry.get(principal, idOrSlug)).service.id;
}

/** What is shown of a record: what the declaration says, and no member that is not declared. */
function recordJson(record: UsageRecord): Record<string, string | number | boolean | null> {
  return Object.fromEntries(SHOWN.map(({ name }) => [name, record[name]]));
}
