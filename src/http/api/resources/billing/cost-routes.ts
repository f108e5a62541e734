import { z } from '@hono/zod-openapi';
import { costGroups, type CostSum, type SumQuery } from '../../../../billing/costs/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { moment } from '../../framework/moment.ts';
import { respondJson } from '../../framework/respond.ts';
import { timeRange } from './time-range.ts';

const tag = 'Billing';
const permission = 'billing.read';
const TOP_ROWS = 10;

const range = { from: moment.optional(), to: moment.optional() };
const rangeSchema = z.strictObject(range);
const sumSchema = z.strictObject({ ...range, by: z.enum(costGroups).optional() });
const usageQuery = z.strictObject({
  ...range,
  by: z.enum(costGroups).exclude(['rule']).optional(),
});

const times = { fromMs: z.int(), toMs: z.int() };
const cost = z
  .strictObject({
    group: z.string().nullable().describe('Null for what is not due to any one of them.'),
    currency: z.string(),
    charges: z.int(),
    amount: z.string().describe('A decimal as text.'),
    provisional: z.boolean().describe('Whether a part is of a period that may still change.'),
  })
  .openapi('CostSum');
const costsSchema = z.strictObject({ ...times, costs: z.array(cost) }).openapi('Costs');
const usageSchema = z
  .strictObject({
    ...times,
    usage: z.array(
      z.strictObject({
        group: z.string().nullable(),
        records: z.int(),
        bytesIn: z.int(),
        bytesOut: z.int(),
        durationMs: z.number(),
      }),
    ),
  })
  .openapi('UsageSums');
const analyticsSchema = z
  .strictObject({
    ...times,
    byDay: z.array(cost),
    byService: z.array(cost),
    byTool: z.array(cost),
    byUser: z.array(cost),
    byRule: z.array(cost),
  })
  .openapi('CostAnalytics');

const said =
  'From `from` to before `to`, the last 30 days unless they say otherwise; at most ' +
  `${limits.billingRangeDaysMax} days. Days are those of UTC.`;

/** What the own tenant used, and what it was charged. */
export function costRoutes(deps: ApiDeps): ApiRoute[] {
  return [usageRoute(deps), costsRoute(deps), analyticsRoute(deps)];
}

const usageRoute = ({ billing, drainUsage, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/billing/usage'],
    operationIds: ['sumUsageBy'],
    tag,
    summary: 'Sum usage up by service, tool, user, key, session or day',
    description: said,
    permission,
    query: usageQuery,
    answers: { 200: { description: 'The most records first.', schema: usageSchema } },
    handle: async ({ principal, query }) => {
      await drainUsage();
      const asked = sumQuery(query, query.by ?? 'service', now());
      const usage = await billing.costs.usage(principal.tenant, asked);
      return respondJson(200, { fromMs: asked.fromMs, toMs: asked.toMs, usage });
    },
  });

const costsRoute = ({ billing, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/billing/costs'],
    operationIds: ['sumCosts'],
    tag,
    summary: 'Sum charges up by service, tool, user, key, session, day or rule',
    description: `${said} A charge counts when it was made, seconds after what it is for.`,
    permission,
    query: sumSchema,
    answers: { 200: { description: 'The largest first.', schema: costsSchema } },
    handle: async ({ principal, query }) => {
      const asked = sumQuery(query, query.by ?? 'service', now());
      const costs = await billing.costs.costs(principal.tenant, asked);
      const { fromMs, toMs } = asked;
      return respondJson(200, { fromMs, toMs, costs: costs.map(costJson) });
    },
  });

const analyticsRoute = ({ billing, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/billing/analytics'],
    operationIds: ['analyseCosts'],
    tag,
    summary: 'See what costs most',
    description: `${said} Every day, and the ten largest of each kind.`,
    permission,
    query: rangeSchema,
    answers: { 200: { description: 'Sums of charges.', schema: analyticsSchema } },
    handle: async ({ principal, query }) => {
      const sums = async (by: SumQuery['by']) => {
        const asked = sumQuery(query, by, now());
        const rowsMax = by === 'day' ? asked.rowsMax : TOP_ROWS;
        const found = await billing.costs.costs(principal.tenant, { ...asked, rowsMax });
        return found.map(costJson);
      };
      const { fromMs, toMs } = sumQuery(query, 'day', now());
      return respondJson(200, {
        fromMs,
        toMs,
        byDay: await sums('day'),
        byService: await sums('service'),
        byTool: await sums('tool'),
        byUser: await sums('user'),
        byRule: await sums('rule'),
      });
    },
  });

function sumQuery(
  range: z.output<typeof rangeSchema>,
  by: SumQuery['by'],
  nowMs: number,
): SumQuery {
  return { ...timeRange(range, nowMs), by, rowsMax: limits.billingSumsMax };
}

function costJson({ amount, isProvisional, ...sum }: CostSum): z.output<typeof cost> {
  return { ...sum, amount: formatMoney(amount), provisional: isProvisional };
}
