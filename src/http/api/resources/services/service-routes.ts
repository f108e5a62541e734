import { z } from '@hono/zod-openapi';
import type { ServiceChange, ServiceView } from '../../../../catalog/service-view.ts';
import type { JsonObject } from '../../../../kernel/json.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { keepConfigSecrets } from './keep-secrets.ts';
import { refuseMasks } from './mask-config.ts';
import { nothingToChange } from '../../framework/problem.ts';
import {
  configSchema,
  definitionsSchema,
  registrationForm,
  registrationSchema,
  secretsSchema,
  titleSchema,
  toServiceInput,
} from './registration.ts';
import { pageRows } from '../../framework/page-rows.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import {
  previewJson,
  previewSchema,
  serviceJson,
  serviceSchema,
  serviceSummaryJson,
  serviceSummarySchema,
} from './service-json.ts';

const params = z.strictObject({
  service: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .describe('The id or the slug of a service.'),
});

const changeSchema = z
  .strictObject({
    title: titleSchema.optional(),
    config: configSchema.optional(),
    secrets: secretsSchema.optional(),
    enabled: z.boolean().optional(),
    definitions: definitionsSchema.optional(),
  })
  .openapi('ServiceChange');

const listSchema = z
  .strictObject({
    services: z.array(serviceSummarySchema),
    nextCursor: z.string().nullable().describe('Goes into `cursor` for the next page.'),
  })
  .openapi('Services');

const listQuery = z.strictObject({
  limit: pageRows.optional().describe('Services of a page; all of them when absent.'),
  cursor: z
    .string()
    .regex(/^svc_[A-Za-z0-9_-]{1,64}$/, 'Give nextCursor of the page before.')
    .optional(),
});

const tag = 'Services';
const one = { description: 'The service.', schema: serviceSchema };
const unreachable = [
  'conflict',
  'invalid_configuration',
  'invalid_document',
  'egress_denied',
  'too_many',
  'upstream_failed',
  'upstream_unavailable',
  'upstream_timeout',
] as const;
/** Documents travel in these bodies, and values that are sent to APIs. */
const bounds = {
  bytesMax: limits.documentBytesMax,
  depthMax: limits.documentDepthMax,
  keepsDigits: true,
} as const;

/** Registering, seeing, changing and removing services. */
export function serviceRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    registerRoute(deps),
    listRoute(deps),
    getRoute(deps),
    changeRoute(deps),
    switchRoute(deps, true),
    switchRoute(deps, false),
    trustRoute(deps, true),
    trustRoute(deps, false),
    refreshRoute(deps),
    removeRoute(deps),
  ];
}

const registerRoute = ({ registry }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/register-service', '/api/v1/services'],
    operationIds: ['registerService', 'registerServiceV1'],
    tag,
    summary: 'Register a service',
    description:
      'Registers an API by its OpenAPI document, an MCP server by its URL or by a command, or ' +
      'anything else by kind and config. Answers when the tools are known; nothing is kept ' +
      'when the service cannot be reached. A command needs the key of an administrator.',
    permission: 'services.register',
    body: {
      schema: registrationSchema,
      form: registrationForm,
      ...bounds,
      example: { url: 'https://mcp.example.com/mcp', title: 'Example' },
    },
    query: z.strictObject({
      dry_run: z
        .enum(['true', 'false'])
        .optional()
        .describe('`true` answers what registering would give, and keeps nothing.'),
    }),
    answers: {
      200: { description: 'What registering would give.', schema: previewSchema },
      201: { description: 'Registered.', schema: serviceSchema },
    },
    errors: ['forbidden', ...unreachable],
    handle: async ({ principal, query, body }) => {
      const input = toServiceInput(body);
      refuseMasks(input.config, 'config');
      if (query.dry_run === 'true') {
        return respondJson(200, previewJson(await registry.preview(principal, input)));
      }
      const view = await registry.register(principal, input);
      const headers = { Location: `/services/${view.service.id}`, ...entityTag(view.service) };
      return respondJson(201, serviceJson(view), headers);
    },
  });

const listRoute = ({ registry }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/services', '/api/v1/services'],
    operationIds: ['listServices', 'listServicesV1'],
    tag,
    summary: 'List the services',
    description: 'The oldest first; all of them, or a page when `limit` is given.',
    permission: 'services.read',
    query: listQuery,
    answers: { 200: { description: 'The services, or a page of them.', schema: listSchema } },
    handle: async ({ principal, query: { limit, cursor } }) => {
      const more = limit === undefined ? {} : { limit: limit + 1 };
      const found = await registry.list(principal, { after: cursor, ...more });
      const services = found.slice(0, limit).map(serviceSummaryJson);
      const nextCursor = found.length > services.length ? (services.at(-1)?.id ?? null) : null;
      return respondJson(200, { services, nextCursor });
    },
  });

const getRoute = ({ registry }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/services/{service}', '/api/v1/services/{service}'],
    operationIds: ['getService', 'getServiceV1'],
    tag,
    summary: 'See one service',
    description: 'Its health, its last error, its tools with their names on /mcp.',
    permission: 'services.read',
    params,
    answers: { 200: one },
    versioned: true,
    handle: async ({ principal, params }) => shown(await registry.get(principal, params.service)),
  });

const changeRoute = ({ registry }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: ['/services/{service}', '/api/v1/services/{service}'],
    operationIds: ['changeService', 'changeServiceV1'],
    tag,
    summary: 'Change a service',
    description:
      'A `config` replaces the whole configuration; `secrets` adds or replaces the named ones.',
    permission: 'services.write',
    params,
    body: { schema: changeSchema, ...bounds, example: { title: 'A better name' } },
    answers: { 200: one },
    errors: unreachable,
    versioned: true,
    handle: async ({ principal, params, body, ifVersion }) => {
      const { config, ...rest } = body;
      if (Object.keys(body).length === 0)
        throw nothingToChange(`Give one of ${Object.keys(changeSchema.shape).join(', ')}.`);
      if (config !== undefined) refuseMasks(config as JsonObject, 'config');
      const kept =
        config === undefined ? {} : keepConfigSecrets(config as JsonObject, body.secrets);
      const change: ServiceChange = { ...present(rest), ...kept };
      return shown(await registry.update(principal, params.service, change, ifVersion));
    },
  });

/** A service under the ETag of its version. */
function shown(view: ServiceView): Response {
  return respondJson(200, serviceJson(view), entityTag(view.service));
}

function switchRoute({ registry }: ApiDeps, enabled: boolean): ApiRoute {
  const verb = enabled ? 'enable' : 'disable';
  return defineRoute({
    method: 'post',
    paths: [`/services/{service}/${verb}`, `/api/v1/services/{service}/${verb}`],
    operationIds: [`${verb}Service`, `${verb}ServiceV1`],
    tag,
    summary: enabled ? 'Enable a service' : 'Disable a service',
    permission: 'services.write',
    params,
    answers: { 200: one },
    ...(enabled ? { errors: unreachable } : {}),
    versioned: true,
    handle: async ({ principal, params, ifVersion }) =>
      shown(await registry.update(principal, params.service, { enabled }, ifVersion)),
  });
}

function trustRoute({ registry }: ApiDeps, isTrusted: boolean): ApiRoute {
  const verb = isTrusted ? 'trust' : 'distrust';
  return defineRoute({
    method: 'post',
    paths: [`/services/{service}/${verb}`, `/api/v1/services/{service}/${verb}`],
    operationIds: [`${verb}Service`, `${verb}ServiceV1`],
    tag,
    summary: isTrusted ? 'Let chats believe a service' : 'Let chats believe a service no more',
    description: isTrusted
      ? 'What it answers no longer makes a chat ask before it goes on, and what it says of its ' +
        'tools is taken at its word. For services whose answers nobody outside can write.'
      : 'As every service is at first: what it answers may hold instructions of strangers.',
    permission: 'services.write',
    params,
    answers: { 200: one },
    ...(isTrusted ? { errors: unreachable } : {}),
    versioned: true,
    handle: async ({ principal, params, ifVersion }) => {
      const trust = isTrusted ? 'trusted' : 'untrusted';
      return shown(await registry.update(principal, params.service, { trust }, ifVersion));
    },
  });
}

const refreshRoute = ({ registry }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/services/{service}/refresh', '/api/v1/services/{service}/refresh'],
    operationIds: ['refreshService', 'refreshServiceV1'],
    tag,
    summary: 'Read the lists of a service again',
    permission: 'services.refresh',
    params,
    answers: { 200: one },
    errors: unreachable,
    handle: async ({ principal, params }) =>
      shown(await registry.refresh(principal, params.service)),
  });

const removeRoute = ({ registry }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/services/{service}', '/api/v1/services/{service}'],
    operationIds: ['removeService', 'removeServiceV1'],
    tag,
    summary: 'Remove a service',
    description: 'Running calls end; usage stays.',
    permission: 'services.write',
    params,
    answers: { 204: { description: 'Removed.' } },
    versioned: true,
    handle: async ({ principal, params, ifVersion }) => {
      await registry.remove(principal, params.service, ifVersion);
      return respondEmpty();
    },
  });
