import { z } from '@hono/zod-openapi';
import {
  analyse,
  groupsOf,
  type Ask,
  type Question,
} from '../../../../billing/analytics/analyse.ts';
import { timesOf } from '../../../../billing/analytics/analytics-times.ts';
import { findMovers } from '../../../../billing/analytics/find-movers.ts';
import { costArithmetic } from '../../../../billing/analytics/arithmetic.ts';
import type { CostMeasure } from '../../../../billing/analytics/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { respondJson } from '../../framework/respond.ts';
import { respondCsv } from './analytics-csv.ts';
import { analysisJson, analysisSchema, costJson, costSchema } from './analytics-json.ts';
import {
  bySchema,
  costFilterShape,
  costGroups,
  pageShape,
  questionOf,
  rangeShape,
} from './analytics-query.ts';
import { moversJson, moversSchema, moversShape } from './movers-json.ts';
import { earlier, saidOfTimes } from './usage-analytics-routes.ts';

const tag = 'Analytics';
const permission = 'billing.read';
const said = `${saidOfTimes} A charge counts when it was made, seconds after what it is for.`;

const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'Give a code such as EUR.')
  .optional();
const asked = { ...rangeShape, ...costFilterShape, currency };
const schema = analysisSchema(costSchema, 'CostAnalysis');

/** What was charged, for whom and what. */
export function costAnalyticsRoutes(deps: ApiDeps): ApiRoute[] {
  return [costRoute(deps), moversRoute(deps), exportRoute(deps)];
}

const costRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/analytics/cost'],
    operationIds: ['analyseCost'],
    tag,
    summary: 'Sum costs up by anything, over time',
    description: said,
    permission,
    query: z.strictObject({ ...asked, ...pageShape, by: bySchema(costGroups).optional() }),
    answers: { 200: { description: 'The largest first.', schema } },
    handle: async ({ principal, query }) => {
      const question = await questionOf(deps, principal.tenant, query);
      const { analytics } = deps.billing;
      const chosen = await chooseCurrency(deps, question, query.currency);
      const analysis = await analyse(chosen.ask, costArithmetic, question);
      const complete = !(await analytics.isRebuilding(question.tenants));
      const { currency: shown, currencies } = chosen;
      const json = analysisJson(question, analysis, costJson);
      return respondJson(200, { complete, currency: shown, currencies, ...json });
    },
  });

const moversRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/analytics/cost/movers'],
    operationIds: ['findCostMovers'],
    tag,
    summary: 'See what costs more or less than in as long a time before',
    description: said,
    permission,
    query: z.strictObject({ ...asked, ...moversShape, by: bySchema(costGroups).optional() }),
    answers: {
      200: {
        description: 'The largest change first.',
        schema: moversSchema(costSchema, 'CostMovers'),
      },
    },
    handle: async ({ principal, query }) => {
      const { order = 'change', top, ...rest } = query;
      const given = await questionOf(deps, principal.tenant, { by: ['user'], ...rest, top });
      const before = earlier(given);
      const chosen = await chooseCurrency(deps, given, query.currency);
      const movers = findMovers(
        await groupsOf(chosen.ask, costArithmetic, before),
        await groupsOf(chosen.ask, costArithmetic, given),
        costArithmetic,
        { top: given.top, order },
      );
      const json = moversJson(before, given, movers, costJson, formatMoney);
      return respondJson(200, { currency: chosen.currency, ...json });
    },
  });

const exportRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/analytics/cost/export'],
    operationIds: ['exportCostAnalysis'],
    tag,
    summary: 'Get sums of costs as CSV',
    description: `${said} At most ${limits.analyticsFileRowsMax} groups, the largest.`,
    permission,
    query: z.strictObject({ ...asked, by: bySchema(costGroups).optional() }),
    answers: { 200: { description: 'A row for each group.', mediaType: 'text/csv' } },
    handle: async ({ principal, query }) => {
      const question = await questionOf(deps, principal.tenant, { by: ['user'], ...query });
      const { ask, currency: shown } = await chooseCurrency(deps, question, query.currency);
      const rowsMax = question.by.includes('group') ? undefined : limits.analyticsFileRowsMax;
      const groups = await groupsOf(ask, costArithmetic, question, rowsMax);
      const head = [...question.by, 'charges', 'amount', 'provisional', 'final', 'currency'];
      const rows = groups.slice(0, limits.analyticsFileRowsMax).map(({ group, measure }) => {
        const { charges, amount, provisional, final } = costJson(measure);
        return [...group, charges, amount, provisional, final, shown ?? ''];
      });
      return respondCsv([head, ...rows], 'cost');
    },
  });

/** Currencies are never added up: the one asked for is shown, or that of most charges. */
export async function chooseCurrency(
  { billing }: Pick<ApiDeps, 'billing'>,
  { tenants, range }: Question,
  wanted: string | undefined,
) {
  const { analytics } = billing;
  const found = await analytics.currencies(tenants, timesOf(range));
  const currencies = found.map((one) => one.currency);
  const chosen = wanted ?? currencies[0];
  const ask: Ask<CostMeasure> = async (query) =>
    chosen === undefined ? [] : await analytics.costs({ ...query, currency: chosen });
  return { ask, currency: chosen ?? null, currencies };
}
