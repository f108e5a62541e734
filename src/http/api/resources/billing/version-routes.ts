import { findTermsProblems } from '../../../../billing/plans/find-terms-problems.ts';
import { planTermsSchema } from '../../../../billing/plans/plan-terms-schema.ts';
import type { PlanTerms, StoredPlanVersion } from '../../../../billing/plans/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import {
  exampleTerms,
  planParams,
  problemsSchema,
  versionJson,
  versionParams,
  versionRequestSchema,
  versionSchema,
  versionsSchema,
} from './plan-json.ts';

const tag = 'Billing';
const path = '/api/v1/billing/plans/{plan}/versions';
const permission = 'plans.manage';
const one = { description: 'The version.', schema: versionSchema };

/** Versions of plans: drafts that are edited, and published ones that never change. */
export function versionRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    listRoute(deps),
    createRoute(deps),
    getRoute(deps),
    changeRoute(deps),
    removeRoute(deps),
    validateRoute(deps),
    publishRoute(deps),
  ];
}

const listRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [path],
    operationIds: ['listPlanVersions'],
    tag,
    summary: 'List the versions of a plan, the newest first',
    permission,
    params: planParams,
    answers: { 200: { description: 'All, without their terms.', schema: versionsSchema } },
    handle: async ({ params }) => {
      if ((await billing.plans.get(params.plan)) === undefined) throw new GatewayError('not_found');
      const versions = await billing.plans.versions(params.plan);
      return respondJson(200, { versions: versions.map(versionJson) });
    },
  });

const createRoute = ({ billing, ids, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [path],
    operationIds: ['createPlanVersion'],
    tag,
    summary: 'Make a draft',
    description: 'Give its terms, or with `from` the version whose terms it takes over.',
    permission,
    params: planParams,
    body: { schema: versionRequestSchema, example: { terms: exampleTerms } },
    answers: { 201: { description: 'The draft.', schema: versionSchema } },
    errors: ['conflict'],
    handle: async ({ params: { plan }, body }) => {
      if ((body.from === undefined) === (body.terms === undefined)) {
        const problem = 'is needed, or else from';
        throw fieldProblem([{ field: 'terms', problem, fix: 'Give one of the two.' }]);
      }
      const terms =
        (body.terms as PlanTerms | undefined) ??
        (await knownVersion(billing, plan, body.from ?? '')).terms;
      const id = ids.next('plv');
      const made = { id, planId: plan, terms, createdAtMs: now() };
      const version = await billing.plans.insertVersion(made);
      if (version === undefined) throw new GatewayError('not_found');
      const Location = `${path.replace('{plan}', plan)}/${id}`;
      return respondJson(201, versionJson(version), { Location, ...entityTag(version) });
    },
  });

const getRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [`${path}/{version}`],
    operationIds: ['getPlanVersion'],
    tag,
    summary: 'See one version',
    permission,
    params: versionParams,
    answers: { 200: one },
    versioned: true,
    handle: async ({ params }) => {
      const version = await knownVersion(billing, params.plan, params.version);
      return respondJson(200, versionJson(version), entityTag(version));
    },
  });

const changeRoute = ({ billing, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: [`${path}/{version}`],
    operationIds: ['changePlanVersion'],
    tag,
    summary: 'Give a draft other terms',
    description: 'The body replaces all of its terms.',
    permission,
    params: versionParams,
    body: { schema: planTermsSchema, example: exampleTerms },
    answers: { 200: one },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ params, body, ifVersion }) => {
      const place = { planId: params.plan, id: params.version, ifVersion };
      const version = await billing.plans.updateDraft(place, body as PlanTerms, now());
      if (version === undefined) throw new GatewayError('not_found');
      return respondJson(200, versionJson(version), entityTag(version));
    },
  });

const removeRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: [`${path}/{version}`],
    operationIds: ['removePlanVersion'],
    tag,
    summary: 'Remove a draft',
    permission,
    params: versionParams,
    answers: { 204: { description: 'Removed.' } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ params, ifVersion }) => {
      const place = { planId: params.plan, id: params.version, ifVersion };
      if (!(await billing.plans.deleteDraft(place))) throw new GatewayError('not_found');
      return respondEmpty();
    },
  });

const validateRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [`${path}/{version}/validate`],
    operationIds: ['validatePlanVersion'],
    tag,
    summary: 'Say what keeps a version from being published',
    description: 'Names gaps and overlaps of tiers, and rules that would never have their turn.',
    permission,
    params: versionParams,
    answers: { 200: { description: 'No problem when it is sound.', schema: problemsSchema } },
    handle: async ({ params }) => {
      const { terms } = await knownVersion(billing, params.plan, params.version);
      const problems = findTermsProblems(terms).slice(0, limits.apiFieldErrorsMax);
      return respondJson(200, { problems });
    },
  });

const publishRoute = ({ billing, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [`${path}/{version}/publish`],
    operationIds: ['publishPlanVersion'],
    tag,
    summary: 'Publish a draft: from then on it never changes',
    permission,
    params: versionParams,
    answers: { 200: one },
    errors: ['conflict', 'invalid_params'],
    versioned: true,
    handle: async ({ params, ifVersion }) => {
      const { plan, version: id } = params;
      const draft = await knownVersion(billing, plan, id);
      const problems = findTermsProblems(draft.terms).slice(0, limits.apiFieldErrorsMax);
      if (problems.length > 0) throw fieldProblem(problems);
      // The version that was looked at is published, and no later one that nobody looked at.
      const place = { planId: plan, id, ifVersion: ifVersion ?? draft.version };
      const published = await billing.plans.publish(place, now());
      if (published === undefined) throw new GatewayError('not_found');
      return respondJson(200, versionJson(published), entityTag(published));
    },
  });

async function knownVersion(
  { plans }: ApiDeps['billing'],
  plan: string,
  id: string,
): Promise<StoredPlanVersion> {
  const version = await plans.version(plan, id);
  if (version === undefined) throw new GatewayError('not_found');
  return version;
}
