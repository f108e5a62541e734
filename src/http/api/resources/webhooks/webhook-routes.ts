import { limits } from '../../../../kernel/limits.ts';
import type { WebhookBook } from '../../../../webhooks/endpoints/webhook-book.ts';
import { defineRoute, type ApiRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { keptRoutes } from '../../framework/kept-routes.ts';
import { respondJson } from '../../framework/respond.ts';
import { deliveryRoutes } from './delivery-routes.ts';
import {
  newWebhookSchema,
  rotationSchema,
  webhookChangeSchema,
  webhookJson,
  webhookParams,
  webhookSchema,
  webhooksSchema,
  webhookWithSecretSchema,
} from './webhook-json.ts';

/** What the routes of webhooks need. */
export interface WebhookRouteDeps {
  readonly webhooks: WebhookBook;
  readonly basePath: string;
}

const tag = 'Webhooks';
const permission = 'webhooks.manage';
const path = '/api/v1/webhooks';

/** Where a tenant is told of events, and what was sent there. */
export function webhookRoutes(deps: WebhookRouteDeps): ApiRoute[] {
  return [createRoute(deps), ...keptWebhooks(deps), rotateRoute(deps), ...deliveryRoutes(deps)];
}

const createRoute = ({ webhooks, basePath }: WebhookRouteDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [path],
    operationIds: ['createWebhook'],
    tag,
    summary: 'Have somebody told of events',
    description:
      'Messages are posted to the URL, signed by the secret of the answer, at least once and in ' +
      'no promised order.',
    permission,
    body: {
      schema: newWebhookSchema,
      example: { url: 'https://hooks.example.com/mcp', topics: ['budget.exhausted'] },
    },
    answers: { 201: { description: 'Made.', schema: webhookWithSecretSchema } },
    secretOnce: true,
    errors: ['conflict'],
    handle: async ({ principal, body }) => {
      const { url, topics, description = '', enabled = true } = body;
      const wanted = { url, topics, description, enabled };
      const { endpoint, secret } = await webhooks.create(principal.tenant, wanted);
      const headers = { Location: `${basePath}${path}/${endpoint.id}`, ...entityTag(endpoint) };
      return respondJson(201, { ...webhookJson(endpoint), secret }, headers);
    },
  });

/** How webhooks are listed, shown, changed and removed. */
const kind = {
  tag,
  permission,
  path,
  noun: 'webhook',
  name: 'Webhook',
  article: 'a',
  params: webhookParams,
  schema: webhookSchema,
  listSchema: webhooksSchema,
  changeSchema: webhookChangeSchema,
  changeExample: { enabled: false },
  says: {
    list: 'List webhooks',
    one: 'See one webhook',
    change: 'What is on its way already goes to the new URL.',
    remove: 'What is on its way to it is dropped.',
  },
  toJson: webhookJson,
} as const;

function keptWebhooks({ webhooks }: WebhookRouteDeps): ApiRoute[] {
  return keptRoutes(kind, {
    list: (tenant) => webhooks.list(tenant),
    get: (tenant, id) => webhooks.get(tenant, id),
    update: (tenant, id, change, ifVersion) =>
      webhooks.update(tenant, id, { ...change, ifVersion }),
    remove: (tenant, id, ifVersion) => webhooks.remove(tenant, id, ifVersion),
  });
}

const rotateRoute = ({ webhooks }: WebhookRouteDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [`${path}/{webhook}/rotate-secret`],
    operationIds: ['rotateWebhookSecret'],
    tag,
    summary: 'Give a webhook another secret',
    description: 'Messages carry a signature under each of both secrets until the overlap ends.',
    permission,
    params: webhookParams,
    body: { schema: rotationSchema, example: { overlapHours: limits.webhookOverlapHours } },
    answers: { 200: { description: 'The new secret.', schema: webhookWithSecretSchema } },
    secretOnce: true,
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params: { webhook }, body, ifVersion }) => {
      const { overlapHours = limits.webhookOverlapHours } = body;
      const { tenant } = principal;
      const rotated = await webhooks.rotate(tenant, webhook, overlapHours, ifVersion);
      const { endpoint, secret } = rotated;
      return respondJson(200, { ...webhookJson(endpoint), secret }, entityTag(endpoint));
    },
  });
