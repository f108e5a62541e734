import { z } from '@hono/zod-openapi';
import { limits } from '../../kernel/limits.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { UsageQuery } from '../../metering/store.ts';
import type { UsageRecord } from '../../metering/usage-record.ts';
import type { ApiDeps } from './api-deps.ts';
import { type ApiRoute, defineRoute } from './define-route.ts';
import { respondJson } from './respond.ts';

const DEFAULT_ROWS = 100;
const ID = /^[A-Za-z0-9_-]{1,64}$/;
const TIME_FIX = 'Give epoch milliseconds or an ISO 8601 time with its zone.';

/** A moment as epoch milliseconds or as ISO 8601 text; becomes epoch milliseconds. */
const momentSchema = z
  .string()
  .transform((text) => (/^\d{1,15}$/.test(text) ? Number(text) : isoMoment(text)))
  .refine((moment) => Number.isFinite(moment), { error: TIME_FIX })
  .openapi({ type: 'string', example: '2026-01-01T00:00:00Z' });

function isoMoment(text: string): number {
  return z.iso.datetime({ offset: true }).safeParse(text).success ? Date.parse(text) : Number.NaN;
}

const querySchema = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,6}$/, 'Give a whole number.')
    .transform(Number)
    .refine((rows) => rows >= 1 && rows <= limits.apiPageRowsMax, {
      error: `Give 1 to ${limits.apiPageRowsMax}`,
    })
    .openapi({ type: 'integer', minimum: 1, maximum: limits.apiPageRowsMax, default: DEFAULT_ROWS })
    .optional(),
  cursor: z.string().regex(ID, 'Give nextCursor of the page before.').optional(),
  service: z.string().regex(ID, 'Give the id or the slug of a service.').optional(),
  from: momentSchema.optional(),
  to: momentSchema.optional(),
  order: z.enum(['newest', 'oldest']).optional(),
});

const recordSchema = z
  .strictObject({
    id: z.string(),
    chargeKey: z.string().describe('What is charged at most once.'),
    nodeId: z.string(),
    credentialId: z.string(),
    userId: z.string(),
    sessionId: z.string().nullable(),
    serviceId: z.string().nullable(),
    method: z.string(),
    tool: z.string().nullable(),
    clientEra: z.enum(['modern', 'legacy']),
    upstreamEra: z.enum(['modern', 'legacy']).nullable(),
    outcome: z.string(),
    startedAtMs: z.int(),
    endedAtMs: z.int(),
    durationMs: z.number(),
    upstreamMs: z.number(),
    bytesIn: z.int(),
    bytesOut: z.int(),
    events: z.int().describe('Notifications sent to the client during the exchange.'),
    upstreamCalled: z.boolean(),
  })
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
    role: 'member',
    query: querySchema,
    answers: { 200: { description: 'One page.', schema: pageSchema } },
    errors: ['not_found'],
    handle: async ({ principal, query }) => {
      const rows = query.limit ?? DEFAULT_ROWS;
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
      const nextCursor = found.length > rows ? (records.at(-1)?.id ?? null) : null;
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
    role: 'member',
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

/** Named one by one: a field added to the record is not published by accident. */
function recordJson(record: UsageRecord): z.output<typeof recordSchema> {
  return {
    id: record.id,
    chargeKey: record.chargeKey,
    nodeId: record.nodeId,
    credentialId: record.credentialId,
    userId: record.userId,
    sessionId: record.sessionId,
    serviceId: record.serviceId,
    method: record.method,
    tool: record.tool,
    clientEra: record.clientEra,
    upstreamEra: record.upstreamEra,
    outcome: record.outcome,
    startedAtMs: record.startedAtMs,
    endedAtMs: record.endedAtMs,
    durationMs: record.durationMs,
    upstreamMs: record.upstreamMs,
    bytesIn: record.bytesIn,
    bytesOut: record.bytesOut,
    events: record.events,
    upstreamCalled: record.upstreamCalled,
  };
}
