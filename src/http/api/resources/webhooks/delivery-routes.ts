import { z } from '@hono/zod-openapi';
import { limits } from '../../../../kernel/limits.ts';
import type { WebhookBook } from '../../../../webhooks/endpoints/webhook-book.ts';
import { defineRoute, type ApiRoute } from '../../framework/define-route.ts';
import { DEFAULT_PAGE_ROWS, pageRows } from '../../framework/page-rows.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondJson } from '../../framework/respond.ts';
import {
  deliveriesSchema,
  deliveryJson,
  deliveryState,
  replayedSchema,
  replaySchema,
  testSchema,
  webhookParams,
} from './webhook-json.ts';

interface DeliveryRouteDeps {
  readonly webhooks: WebhookBook;
}

const tag = 'Webhooks';
const permission = 'webhooks.manage';
const path = '/api/v1/webhooks/{webhook}';
const CURSOR = /^(\d{1,15})\.([A-Za-z0-9_-]{1,64})$/;

const querySchema = z.strictObject({
  state: deliveryState.optional(),
  limit: pageRows.optional(),
  cursor: z.string().regex(CURSOR, 'Give nextCursor of the page before.').optional(),
});

/** Trying a webhook, seeing what was sent to it, and sending it again. */
export function deliveryRoutes(deps: DeliveryRouteDeps): ApiRoute[] {
  return [testRoute(deps), listRoute(deps), replayRoute(deps)];
}

const testRoute = ({ webhooks }: DeliveryRouteDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [`${path}/test`],
    operationIds: ['testWebhook'],
    tag,
    summary: 'Send a webhook a message that says nothing',
    description: 'It goes the way of every message: signed, and tried again when it fails.',
    permission,
    params: webhookParams,
    answers: { 202: { description: 'It is on its way.', schema: testSchema } },
    handle: async ({ principal, params: { webhook } }) =>
      respondJson(202, { eventId: await webhooks.sendTest(principal.tenant, webhook) }),
  });

const listRoute = ({ webhooks }: DeliveryRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [`${path}/deliveries`],
    operationIds: ['listWebhookDeliveries'],
    tag,
    summary: 'List what was sent to a webhook',
    description: 'The newest first; `state=dead` are those that were given up.',
    permission,
    params: webhookParams,
    query: querySchema,
    answers: { 200: { description: 'One page.', schema: deliveriesSchema } },
    handle: async ({ principal, params, query: { state, limit = DEFAULT_PAGE_ROWS, cursor } }) => {
      const [, createdAtMs, eventId = ''] = CURSOR.exec(cursor ?? '') ?? [];
      const before = { createdAtMs: Number(createdAtMs), eventId };
      const found = await webhooks.deliveries(principal.tenant, params.webhook, {
        ...(state === undefined ? {} : { state }),
        ...(cursor === undefined ? {} : { before }),
        rowsMax: limit + 1,
      });
      const last = found.length > limit ? found[limit - 1] : undefined;
      const nextCursor = last === undefined ? null : `${last.createdAtMs}.${last.eventId}`;
      return respondJson(200, {
        deliveries: found.slice(0, limit).map(deliveryJson),
        nextCursor,
      });
    },
  });

const replayRoute = ({ webhooks }: DeliveryRouteDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [`${path}/replay`],
    operationIds: ['replayWebhook'],
    tag,
    summary: 'Send messages again',
    description:
      'Named ones, or all since a moment that arrived or were given up. They keep their ids.',
    permission,
    params: webhookParams,
    body: { schema: replaySchema, example: { sinceMs: 1_764_547_200_000, state: 'dead' } },
    answers: { 200: { description: 'How many.', schema: replayedSchema } },
    handle: async ({ principal, params: { webhook }, body }) => {
      const { eventIds, sinceMs, state } = body;
      if ((eventIds === undefined) === (sinceMs === undefined)) {
        const problem = 'says neither or both of which messages and since when';
        throw fieldProblem([{ field: '', problem, fix: 'Give one of eventIds, sinceMs.' }]);
      }
      const replayed = await webhooks.replay(principal.tenant, webhook, {
        ...(eventIds === undefined ? {} : { eventIds }),
        ...(sinceMs === undefined ? {} : { sinceMs }),
        ...(state === undefined ? {} : { state }),
      });
      return respondJson(200, { replayed, hasMore: replayed === limits.webhookReplayMax });
    },
  });
