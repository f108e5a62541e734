import { z } from '@hono/zod-openapi';
import { analyse } from '../../../../billing/analytics/analyse.ts';
import { costArithmetic, usageArithmetic } from '../../../../billing/analytics/arithmetic.ts';
import type { Principal } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { respondJson } from '../../framework/respond.ts';
import {
  analysisJson,
  analysisSchema,
  costJson,
  costSchema,
  usageJson,
  usageSchema,
} from './analytics-json.ts';
import { pageShape, questionOf, rangeShape, type AskedQuestion } from './analytics-query.ts';
import { chooseCurrency } from './cost-analytics-routes.ts';
import { saidOfTimes } from './usage-analytics-routes.ts';

const tag = 'Analytics';
const permission = 'tenants.manage';
const description = `For the operator. ${saidOfTimes}`;
const asked = { ...rangeShape, ...pageShape };

/** Which tenants use and cost most, for the operator. */
export function tenantAnalyticsRoutes(deps: ApiDeps): ApiRoute[] {
  return [usageRoute(deps), costRoute(deps)];
}

const usageRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/analytics/tenants/usage'],
    operationIds: ['analyseUsageOfTenants'],
    tag,
    summary: 'Sum the usage of all tenants up',
    description,
    permission,
    query: z.strictObject(asked),
    answers: {
      200: {
        description: 'The most records first.',
        schema: analysisSchema(usageSchema, 'TenantUsageAnalysis'),
      },
    },
    handle: async ({ principal, query }) => {
      await deps.drainUsage();
      const question = await ofAllTenants(deps, principal, query);
      const { analytics } = deps.billing;
      const analysis = await analyse(analytics.usage, usageArithmetic, question);
      const complete = !(await analytics.isRebuilding(question.tenants));
      return respondJson(200, { complete, ...analysisJson(question, analysis, usageJson) });
    },
  });

const costRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/analytics/tenants/cost'],
    operationIds: ['analyseCostOfTenants'],
    tag,
    summary: 'Sum the costs of all tenants up',
    description,
    permission,
    query: z.strictObject({
      ...asked,
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/, 'Give a code such as EUR.')
        .optional(),
    }),
    answers: {
      200: {
        description: 'The largest first.',
        schema: analysisSchema(costSchema, 'TenantCostAnalysis'),
      },
    },
    handle: async ({ principal, query }) => {
      const question = await ofAllTenants(deps, principal, query);
      const { ask, currency, currencies } = await chooseCurrency(deps, question, query.currency);
      const analysis = await analyse(ask, costArithmetic, question);
      const complete = !(await deps.billing.analytics.isRebuilding(question.tenants));
      const json = analysisJson(question, analysis, costJson);
      return respondJson(200, { complete, currency, currencies, ...json });
    },
  });

async function ofAllTenants(deps: ApiDeps, { tenant }: Principal, query: AskedQuestion) {
  const question = await questionOf(deps, tenant, { ...query, by: ['tenant'] });
  const tenants = await deps.identity.tenants.list();
  return { ...question, tenants: tenants.map(({ id }) => id) };
}
