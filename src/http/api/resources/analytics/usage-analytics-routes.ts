import { z } from '@hono/zod-openapi';
import { analyse, groupsOf, type Question } from '../../../../billing/analytics/analyse.ts';
import { findMovers } from '../../../../billing/analytics/find-movers.ts';
import { usageArithmetic } from '../../../../billing/analytics/arithmetic.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { respondJson } from '../../framework/respond.ts';
import { respondCsv } from './analytics-csv.ts';
import { analysisJson, analysisSchema, usageJson, usageSchema } from './analytics-json.ts';
import {
  bySchema,
  pageShape,
  questionOf,
  rangeShape,
  usageFilterShape,
  usageGroups,
} from './analytics-query.ts';
import { moversJson, moversSchema, moversShape } from './movers-json.ts';

const tag = 'Analytics';
const permission = 'usage.read';

/** What every question about usage may say. */
const asked = { ...rangeShape, ...usageFilterShape };
const schema = analysisSchema(usageSchema, 'UsageAnalysis');

/** What is said of every answer that is made from sums by the hour. */
export const saidOfTimes =
  'From `from` to before `to`, made wider to whole hours; the last 30 days unless they say ' +
  'otherwise. Days are those of `timeZone`, that of the billing periods unless it says otherwise.';

/** How much was used, by whom, of what, and how long it took. */
export function usageAnalyticsRoutes(deps: ApiDeps): ApiRoute[] {
  return [usageRoute(deps), moversRoute(deps), exportRoute(deps)];
}

const usageRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/analytics/usage'],
    operationIds: ['analyseUsage'],
    tag,
    summary: 'Sum usage up by anything, with percentiles of latency, over time',
    description: `${saidOfTimes} \`group\` is the groups that users are in now.`,
    permission,
    query: z.strictObject({ ...asked, ...pageShape, by: bySchema(usageGroups).optional() }),
    answers: { 200: { description: 'The most records first.', schema } },
    handle: async ({ principal, query }) => {
      await deps.drainUsage();
      const question = await questionOf(deps, principal.tenant, query);
      const { analytics } = deps.billing;
      const analysis = await analyse(analytics.usage, usageArithmetic, question);
      const complete = !(await analytics.isRebuilding(question.tenants));
      return respondJson(200, { complete, ...analysisJson(question, analysis, usageJson) });
    },
  });

const moversRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/analytics/usage/movers'],
    operationIds: ['findUsageMovers'],
    tag,
    summary: 'See what is used more or less than in as long a time before',
    description: saidOfTimes,
    permission,
    query: z.strictObject({
      ...asked,
      ...moversShape,
      by: bySchema(usageGroups).optional(),
    }),
    answers: {
      200: {
        description: 'The largest change first.',
        schema: moversSchema(usageSchema, 'UsageMovers'),
      },
    },
    handle: async ({ principal, query }) => {
      await deps.drainUsage();
      const { order = 'change', top, ...rest } = query;
      const given = await questionOf(deps, principal.tenant, { by: ['user'], ...rest, top });
      const before = earlier(given);
      const { usage } = deps.billing.analytics;
      const movers = findMovers(
        await groupsOf(usage, usageArithmetic, before),
        await groupsOf(usage, usageArithmetic, given),
        usageArithmetic,
        { top: given.top, order },
      );
      const change = (value: bigint): string => value.toString();
      return respondJson(200, moversJson(before, given, movers, usageJson, change));
    },
  });

const exportRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/analytics/usage/export'],
    operationIds: ['exportUsageAnalysis'],
    tag,
    summary: 'Get sums of usage as CSV',
    description: `${saidOfTimes} At most ${limits.analyticsFileRowsMax} groups, the largest.`,
    permission,
    query: z.strictObject({ ...asked, by: bySchema(usageGroups).optional() }),
    answers: { 200: { description: 'A row for each group.', mediaType: 'text/csv' } },
    handle: async ({ principal, query }) => {
      await deps.drainUsage();
      const question = await questionOf(deps, principal.tenant, { by: ['user'], ...query });
      const { usage } = deps.billing.analytics;
      const rowsMax = question.by.includes('group') ? undefined : limits.analyticsFileRowsMax;
      const groups = await groupsOf(usage, usageArithmetic, question, rowsMax);
      const sums = ['records', 'calls', 'durationMs', 'bytesIn', 'bytesOut', 'tokens', 'events'];
      const rows = groups.slice(0, limits.analyticsFileRowsMax).map(({ group, measure }) => {
        const { records, calls, durationMs, bytesIn, bytesOut, tokens, events } =
          usageJson(measure);
        return [...group, records, calls, durationMs, bytesIn, bytesOut, tokens, events];
      });
      return respondCsv([[...question.by, ...sums], ...rows], 'usage');
    },
  });

/** The same question about as long a time before. */
export function earlier(question: Question): Question {
  const { startMs, endMs } = question.range;
  return { ...question, range: { startMs: 2 * startMs - endMs, endMs: startMs } };
}
