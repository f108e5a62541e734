import { z } from '@hono/zod-openapi';
import type { StoredSubscription } from '../../../../billing/plans/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { tenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { DEFAULT_PAGE_ROWS, pageRows } from '../../framework/page-rows.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondJson } from '../../framework/respond.ts';
import {
  subscriptionChangeSchema,
  subscriptionEndSchema,
  subscriptionJson,
  subscriptionParams,
  subscriptionRequestSchema,
  subscriptionSchema,
  subscriptionsSchema,
} from './subscription-json.ts';

const tag = 'Billing';
const path = '/api/v1/billing/subscriptions';
const permission = 'plans.manage';
const CURSOR = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{1,64})$/;

const querySchema = z.strictObject({
  tenant: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'Give the id of a tenant.')
    .optional(),
  limit: pageRows.optional(),
  cursor: z.string().regex(CURSOR, 'Give nextCursor of the page before.').optional(),
});

/** Who is on which plan, for the operator. */
export function subscriptionRoutes(deps: ApiDeps): ApiRoute[] {
  return [listRoute(deps), createRoute(deps), endRoute(deps), changeRoute(deps)];
}

const listRoute = ({ billing }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [path],
    operationIds: ['listSubscriptions'],
    tag,
    summary: 'List subscriptions',
    description: 'Of all tenants in pages, or all of one `tenant`, past ones too.',
    permission,
    query: querySchema,
    answers: { 200: { description: 'One page.', schema: subscriptionsSchema } },
    handle: async ({ query: { tenant, limit = DEFAULT_PAGE_ROWS, cursor } }) => {
      if (tenant !== undefined) {
        const own = await billing.subscriptions.list(tenantId(tenant));
        return respondJson(200, { subscriptions: own.map(subscriptionJson), nextCursor: null });
      }
      const [, after = '', id = ''] = CURSOR.exec(cursor ?? '') ?? [];
      const place = cursor === undefined ? undefined : { tenant: after, id };
      const found = await billing.subscriptions.listAll(place, limit + 1);
      const last = found.length > limit ? found[limit - 1] : undefined;
      const nextCursor = last === undefined ? null : `${last.tenant}.${last.id}`;
      const subscriptions = found.slice(0, limit).map(subscriptionJson);
      return respondJson(200, { subscriptions, nextCursor });
    },
  });

const createRoute = ({ billing, ids, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [path],
    operationIds: ['createSubscription'],
    tag,
    summary: 'Subscribe a tenant to a published version',
    description: 'A tenant has at most one subscription at any moment.',
    permission,
    body: {
      schema: subscriptionRequestSchema,
      example: { tenant: 'ten_acme', planVersion: 'plv_1', timeZone: 'Europe/Zurich' },
    },
    answers: { 201: { description: 'Made.', schema: subscriptionSchema } },
    errors: ['conflict', 'not_found'],
    handle: async ({ body }) => {
      const { startsAtMs = now(), endsAtMs = null, anchorMs = startsAtMs } = body;
      if (endsAtMs !== null && endsAtMs <= startsAtMs) {
        const problem = 'is not after the start';
        throw fieldProblem([{ field: 'endsAtMs', problem, fix: 'Give a later moment.' }]);
      }
      const tenant = tenantId(body.tenant);
      const subscription: StoredSubscription = {
        tenant,
        id: ids.next('sub'),
        planVersionId: body.planVersion,
        startsAtMs,
        endsAtMs,
        anchorMs,
        timeZone: body.timeZone ?? 'UTC',
        createdAtMs: now(),
        version: 1,
        trialEndsAtMs: trialEnd(body, startsAtMs),
      };
      await billing.subscriptions.insert(tenant, subscription);
      const Location = `${path}/${tenant}/${subscription.id}`;
      const headers = { Location, ...entityTag(subscription) };
      return respondJson(201, subscriptionJson(subscription), headers);
    },
  });

const endRoute = ({ billing, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [`${path}/{tenant}/{subscription}/end`],
    operationIds: ['endSubscription'],
    tag,
    summary: 'End a subscription',
    description: 'What was used before its end is still charged by it.',
    permission,
    params: subscriptionParams,
    body: { schema: subscriptionEndSchema, example: {} },
    answers: { 200: { description: 'The subscription.', schema: subscriptionSchema } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ params, body, ifVersion }) => {
      const atMs = notPast(body.atMs ?? now(), now());
      const { tenant, subscription } = params;
      const end = { atMs, ifVersion };
      const ended = await billing.subscriptions.end(tenantId(tenant), subscription, end);
      if (ended === undefined) throw new GatewayError('not_found');
      return respondJson(200, subscriptionJson(ended), entityTag(ended));
    },
  });

const changeRoute = ({ billing, ids, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [`${path}/{tenant}/{subscription}/change`],
    operationIds: ['changeSubscription'],
    tag,
    summary: 'Put a tenant on another version from a moment on',
    description: 'Ends the subscription at that moment and begins another one then.',
    permission,
    params: subscriptionParams,
    body: { schema: subscriptionChangeSchema, example: { planVersion: 'plv_2' } },
    answers: { 201: { description: 'The new subscription.', schema: subscriptionSchema } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ params, body, ifVersion }) => {
      const tenant = tenantId(params.tenant);
      const before = await billing.subscriptions.get(tenant, params.subscription);
      if (before === undefined) throw new GatewayError('not_found');
      const atMs = notPast(body.atMs ?? now(), now());
      const next: StoredSubscription = {
        ...before,
        id: ids.next('sub'),
        planVersionId: body.planVersion,
        startsAtMs: atMs,
        endsAtMs: before.endsAtMs,
        anchorMs: body.anchorMs ?? before.anchorMs,
        createdAtMs: now(),
        version: 1,
      };
      const end = { atMs, ifVersion: ifVersion ?? before.version, next };
      if ((await billing.subscriptions.end(tenant, before.id, end)) === undefined) {
        throw new GatewayError('not_found');
      }
      const headers = { Location: `${path}/${tenant}/${next.id}`, ...entityTag(next) };
      return respondJson(201, subscriptionJson(next), headers);
    },
  });

/** What is charged already by a plan stays charged by it. */
function notPast(atMs: number, nowMs: number): number {
  if (atMs >= nowMs) return atMs;
  const problem = 'has passed, and what was used since is charged already';
  throw fieldProblem([{ field: 'atMs', problem, fix: 'Give a moment to come, or none for now.' }]);
}

/** Until when a subscription costs nothing; null for no trial. */
function trialEnd(
  { trialDays, trialEndsAtMs }: z.output<typeof subscriptionRequestSchema>,
  startsAtMs: number,
): number | null {
  if (trialDays !== undefined && trialEndsAtMs !== undefined) {
    const fix = 'Give trialDays or trialEndsAtMs.';
    throw fieldProblem([{ field: 'trialEndsAtMs', problem: 'is there with trialDays', fix }]);
  }
  if (trialEndsAtMs !== undefined && trialEndsAtMs <= startsAtMs) {
    const problem = 'is not after the start';
    throw fieldProblem([{ field: 'trialEndsAtMs', problem, fix: 'Give a later moment.' }]);
  }
  if (trialDays !== undefined) return startsAtMs + trialDays * 86_400_000;
  return trialEndsAtMs ?? null;
}
