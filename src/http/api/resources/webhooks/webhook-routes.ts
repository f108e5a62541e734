import { limits } from '../../../../kernel/limits.ts';
import type { WebhookBook } from '../../../../webhooks/endpoints/webhook-book.ts';
import { defineRoute, present, type ApiRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { nothingToChange } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
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
  return [
    createRoute(deps),
    listRoute(deps),
    getRoute(deps),
    changeRoute(deps),
    removeRoute(deps),
    rotateRoute(deps),
    ...deliveryRoutes(deps),
  ];
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

const listRoute = ({ webhooks }: WebhookRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [path],
    operationIds: ['listWebhooks'],
    tag,
    summary: 'List webhooks',
    permission,
    answers: { 200: { description: 'All of the tenant.', schema: webhooksSchema } },
    handle: async ({ principal }) => {
      const all = await webhooks.list(principal.tenant);
      return respondJson(200, { webhooks: all.map(webhookJson) });
    },
  });

const getRoute = ({ webhooks }: WebhookRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [`${path}/{webhook}`],
    operationIds: ['getWebhook'],
    tag,
    summary: 'See one webhook',
    permission,
    params: webhookParams,
    answers: { 200: { description: 'The webhook.', schema: webhookSchema } },
    versioned: true,
    handle: async ({ principal, params: { webhook } }) => {
      const found = await webhooks.get(principal.tenant, webhook);
      return respondJson(200, webhookJson(found), entityTag(found));
    },
  });

const changeRoute = ({ webhooks }: WebhookRouteDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: [`${path}/{webhook}`],
    operationIds: ['changeWebhook'],
    tag,
    summary: 'Change a webhook',
    description: 'What is on its way already goes to the new URL.',
    permission,
    params: webhookParams,
    body: { schema: webhookChangeSchema, example: { enabled: false } },
    answers: { 200: { description: 'The webhook as it is then.', schema: webhookSchema } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params: { webhook }, body, ifVersion }) => {
      if (Object.keys(body).length === 0) {
        throw nothingToChange('Give one of url, description, topics, enabled.');
      }
      const change = { ...present(body), ifVersion };
      const after = await webhooks.update(principal.tenant, webhook, change);
      return respondJson(200, webhookJson(after), entityTag(after));
    },
  });

const removeRoute = ({ webhooks }: WebhookRouteDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: [`${path}/{webhook}`],
    operationIds: ['removeWebhook'],
    tag,
    summary: 'Remove a webhook',
    description: 'What is on its way to it is dropped.',
    permission,
    params: webhookParams,
    answers: { 204: { description: 'Removed.' } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params: { webhook }, ifVersion }) => {
      await webhooks.remove(principal.tenant, webhook, ifVersion);
      return respondEmpty();
    },
  });

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
