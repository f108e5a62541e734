import { z } from '@hono/zod-openapi';
import { billingRuleSchema } from '../../../../billing/plans/plan-terms-schema.ts';
import type { PlanTerms, StoredPlanVersion } from '../../../../billing/plans/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import { pathId } from '../../grants/identity-fields.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import { exampleTerms, versionParams } from './plan-json.ts';

const tag = 'Billing';
const path = '/api/v1/billing/plans/{plan}/versions/{version}/rules';
const permission = 'plans.manage';
const params = z.strictObject({ ...versionParams.shape, rule: pathId });
const bodySchema = billingRuleSchema.omit({ id: true });
const rulesSchema = z.strictObject({ rules: z.array(billingRuleSchema) }).openapi('BillingRules');
const { id: _, ...example } = exampleTerms.rules[0];

type Rule = PlanTerms['rules'][number];

/** The rules of a version one by one; those of a published one are read and nothing else. */
export function draftRuleRoutes(deps: ApiDeps): ApiRoute[] {
  return [listRoute(deps), getRoute(deps), putRoute(deps), removeRoute(deps)];
}

const listRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [path],
    operationIds: ['listVersionRules'],
    tag,
    summary: 'List the rules of a version',
    permission,
    params: versionParams,
    answers: { 200: { description: 'In the order of the terms.', schema: rulesSchema } },
    versioned: true,
    handle: async ({ params: place }) => {
      const version = await knownVersion(billing, place);
      return respondJson(200, { rules: version.terms.rules }, entityTag(version));
    },
  });

const getRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [`${path}/{rule}`],
    operationIds: ['getVersionRule'],
    tag,
    summary: 'See one rule of a version',
    permission,
    params,
    answers: { 200: { description: 'The rule.', schema: billingRuleSchema } },
    versioned: true,
    handle: async ({ params: place }) => {
      const version = await knownVersion(billing, place);
      const rule = version.terms.rules.find(({ id }) => id === place.rule);
      if (rule === undefined) throw new GatewayError('not_found');
      return respondJson(200, rule, entityTag(version));
    },
  });

const putRoute = ({ billing, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'put',
    paths: [`${path}/{rule}`],
    operationIds: ['putDraftRule'],
    tag,
    summary: 'Add a rule to a draft, or give one other terms',
    description: 'The ETag is that of the version.',
    permission,
    params,
    body: { schema: bodySchema, example },
    answers: {
      200: { description: 'The rule, as it is now.', schema: billingRuleSchema },
      201: { description: 'The rule, which is new.', schema: billingRuleSchema },
    },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ params: place, body, ifVersion }) => {
      const draft = await knownVersion(billing, place);
      const rule = { ...body, id: place.rule } as Rule;
      const { rules } = draft.terms;
      const at = rules.findIndex(({ id }) => id === rule.id);
      if (at === -1 && rules.length >= limits.rulesPerVersionMax) {
        const problem = `is the ${limits.rulesPerVersionMax + 1}th of its version`;
        throw fieldProblem([{ field: 'rule', problem, fix: 'Remove another rule first.' }]);
      }
      const next = at === -1 ? [...rules, rule] : rules.with(at, rule);
      const version = await change(billing, draft, next, ifVersion, now());
      return respondJson(at === -1 ? 201 : 200, rule, entityTag(version));
    },
  });

const removeRoute = ({ billing, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: [`${path}/{rule}`],
    operationIds: ['removeDraftRule'],
    tag,
    summary: 'Remove a rule of a draft',
    permission,
    params,
    answers: { 204: { description: 'Removed.' } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ params: place, ifVersion }) => {
      const draft = await knownVersion(billing, place);
      const next = draft.terms.rules.filter(({ id }) => id !== place.rule);
      if (next.length === draft.terms.rules.length) throw new GatewayError('not_found');
      await change(billing, draft, next, ifVersion, now());
      return respondEmpty();
    },
  });

/** The draft that was looked at is changed, and no later one. */
async function change(
  { plans }: ApiDeps['billing'],
  draft: StoredPlanVersion,
  rules: readonly Rule[],
  ifVersion: number | undefined,
  nowMs: number,
): Promise<StoredPlanVersion> {
  const place = { planId: draft.planId, id: draft.id, ifVersion: ifVersion ?? draft.version };
  const version = await plans.updateDraft(place, { ...draft.terms, rules }, nowMs);
  if (version === undefined) throw new GatewayError('not_found');
  return version;
}

async function knownVersion(
  { plans }: ApiDeps['billing'],
  place: { readonly plan: string; readonly version: string },
): Promise<StoredPlanVersion> {
  const version = await plans.version(place.plan, place.version);
  if (version === undefined) throw new GatewayError('not_found');
  return version;
}
