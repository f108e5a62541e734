import { z } from '@hono/zod-openapi';
import { billingRuleSchema, planTermsSchema } from '../../../../billing/plans/plan-terms-schema.ts';
import { periodAt } from '../../../../billing/periods/period-at.ts';
import { orderRules } from '../../../../billing/rules/specificity.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { respondJson } from '../../framework/respond.ts';
import { currentPlan } from './current-plan.ts';
import { subscriptionSchema } from './subscription-json.ts';

const tag = 'Billing';
const permission = 'billing.read';

const ownSchema = z
  .strictObject({
    subscription: z
      .strictObject({
        ...subscriptionSchema.shape,
        plan: z.string().describe('The name of the plan.'),
        number: z.int().describe('The number of its version.'),
        terms: planTermsSchema,
        periodStartsAtMs: z.int(),
        periodEndsAtMs: z.int(),
      })
      .nullable()
      .describe('Null for a tenant that is on no plan: what it uses costs nothing.'),
  })
  .openapi('OwnSubscription');

const rulesSchema = z
  .strictObject({
    currency: z.string().nullable().describe('Null for a tenant that is on no plan.'),
    rules: z.array(billingRuleSchema),
  })
  .openapi('OwnRules');

/** The plan that the caller's own tenant is on. */
export function ownPlanRoutes(deps: ApiDeps): ApiRoute[] {
  return [subscriptionRoute(deps), rulesRoute(deps)];
}

const subscriptionRoute = ({ billing, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/billing/subscription'],
    operationIds: ['getOwnSubscription'],
    tag,
    summary: 'See the plan of the own tenant, and its billing period',
    permission,
    answers: { 200: { description: 'The subscription of now.', schema: ownSchema } },
    handle: async ({ principal }) => {
      const own = await currentPlan(billing, principal.tenant, now());
      if (own === undefined) return respondJson(200, { subscription: null });
      const { subscription, version } = own;
      const plan = await billing.plans.get(version.planId);
      const { terms, number } = version;
      const { anchorMs, timeZone } = subscription;
      const period = periodAt(anchorMs, timeZone, terms.period, now());
      const shown = {
        ...subscription,
        plan: plan?.name ?? '',
        number,
        terms,
        periodStartsAtMs: period.startMs,
        periodEndsAtMs: period.endMs,
      };
      return respondJson(200, { subscription: shown });
    },
  });

const rulesRoute = ({ billing, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/billing/rules'],
    operationIds: ['listOwnRules'],
    tag,
    summary: 'List the prices that the own tenant pays',
    description: 'In the order in which they are asked; for each unit the first match decides.',
    permission,
    answers: { 200: { description: 'The rules of the plan of now.', schema: rulesSchema } },
    handle: async ({ principal }) => {
      const terms = (await currentPlan(billing, principal.tenant, now()))?.version.terms;
      const rules = orderRules(terms?.rules ?? []);
      return respondJson(200, { currency: terms?.currency ?? null, rules });
    },
  });
