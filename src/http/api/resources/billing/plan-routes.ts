import { GatewayError } from '../../../../kernel/errors.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import {
  planChangeSchema,
  planJson,
  planParams,
  planRequestSchema,
  planSchema,
  plansSchema,
} from './plan-json.ts';

const tag = 'Billing';
const one = { description: 'The plan.', schema: planSchema };
const path = '/api/v1/billing/plans';
const permission = 'plans.manage';

/** Plans: the operator's price lists by name; see `versionRoutes` for what they cost. */
export function planRoutes(deps: ApiDeps): ApiRoute[] {
  return [listRoute(deps), createRoute(deps), getRoute(deps), changeRoute(deps), removeRoute(deps)];
}

const listRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [path],
    operationIds: ['listPlans'],
    tag,
    summary: 'List all plans',
    permission,
    answers: { 200: { description: 'All plans, by name.', schema: plansSchema } },
    handle: async () => {
      const plans = await billing.plans.list();
      return respondJson(200, { plans: plans.map(planJson) });
    },
  });

const createRoute = ({ billing, ids, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [path],
    operationIds: ['createPlan'],
    tag,
    summary: 'Make a plan',
    description: 'It costs nothing before a version of it is published and subscribed to.',
    permission,
    body: { schema: planRequestSchema, example: { name: 'Standard' } },
    answers: { 201: { description: 'Made.', schema: planSchema } },
    errors: ['conflict'],
    handle: async ({ body: { name, description = '' } }) => {
      const times = { createdAtMs: now(), updatedAtMs: now(), version: 1 };
      const plan = { id: ids.next('pln'), name, description, ...times };
      await billing.plans.insert(plan);
      const headers = { Location: `${path}/${plan.id}`, ...entityTag(plan) };
      return respondJson(201, planJson(plan), headers);
    },
  });

const getRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [`${path}/{plan}`],
    operationIds: ['getPlan'],
    tag,
    summary: 'See one plan',
    permission,
    params: planParams,
    answers: { 200: one },
    versioned: true,
    handle: async ({ params }) => {
      const plan = await billing.plans.get(params.plan);
      if (plan === undefined) throw new GatewayError('not_found');
      return respondJson(200, planJson(plan), entityTag(plan));
    },
  });

const changeRoute = ({ billing, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: [`${path}/{plan}`],
    operationIds: ['changePlan'],
    tag,
    summary: 'Rename or describe a plan',
    permission,
    params: planParams,
    body: { schema: planChangeSchema, example: { description: 'For small teams' } },
    answers: { 200: one },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ params, body, ifVersion }) => {
      const update = { ...present(body), updatedAtMs: now(), ifVersion };
      const plan = await billing.plans.update(params.plan, update);
      if (plan === undefined) throw new GatewayError('not_found');
      return respondJson(200, planJson(plan), entityTag(plan));
    },
  });

const removeRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: [`${path}/{plan}`],
    operationIds: ['removePlan'],
    tag,
    summary: 'Remove a plan of which nothing was published',
    permission,
    params: planParams,
    answers: { 204: { description: 'Removed, with its drafts.' } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ params, ifVersion }) => {
      const isRemoved = await billing.plans.delete(params.plan, ifVersion);
      if (!isRemoved) throw new GatewayError('not_found');
      return respondEmpty();
    },
  });
