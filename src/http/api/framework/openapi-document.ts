import { z, type OpenAPIHono } from '@hono/zod-openapi';
import { type ErrorCode, errorRegistry } from '../../../kernel/errors.ts';
import { type ApiRoute, defineRoute } from './define-route.ts';
import { isHealthPath } from './health-path.ts';
import { problemSchema } from './problem.ts';

const SECURITY = [{ bearer: [] }, { apiKey: [] }, { session: [] }];
const PROBLEM_TYPE = 'application/problem+json';
const ifMatchSchema = z.object({
  'If-Match': z
    .string()
    .optional()
    .describe('The ETag that was read: the change is refused (409) when it was changed since.'),
});
const etagHeader = {
  ETag: { description: 'Its version, for `If-Match`.', schema: { type: 'string' as const } },
};

/** Serves the description of the API; it is written on first demand. */
export function openapiRoute(describe: () => object): ApiRoute {
  let text: string | undefined;
  return defineRoute({
    method: 'get',
    paths: ['/openapi.json'],
    operationIds: ['openapi'],
    tag: 'Health',
    summary: 'This description',
    permission: 'public',
    answers: { 200: { description: 'An OpenAPI 3.1 document.' } },
    documented: false,
    handle: () => {
      text ??= JSON.stringify(describe());
      const headers = { 'Content-Type': 'application/json; charset=utf-8' };
      return new Response(text, { headers });
    },
  });
}

/** Puts the documented routes, aliases included, into the registry the document is made from. */
export function registerPaths(app: OpenAPIHono, routes: readonly ApiRoute[]): void {
  const registry = app.openAPIRegistry;
  registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  registry.registerComponent('securitySchemes', 'apiKey', {
    type: 'apiKey',
    in: 'header',
    name: 'X-Api-Key',
  });
  registry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-mgw_session',
    description: 'A browser session; changes need its X-CSRF-Token as well.',
  });
  for (const route of routes) {
    if (route.documented === false) continue;
    for (const [index, path] of route.paths.entries())
      registry.registerPath(entry(route, path, index));
  }
}

/** The description of all routes that were put into the registry. */
export function describeApi(app: OpenAPIHono, version: string): object {
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'MCP Gateway',
      version,
      description: 'Register services, see their health and usage, and manage API keys.',
    },
    servers: [{ url: '/' }],
  });
}

function entry(route: ApiRoute, path: string, index: number) {
  const alias = index > 0 ? `${route.summary} (as ${route.paths[0]})` : route.summary;
  return {
    method: route.method,
    path,
    operationId: route.operationIds[index] ?? '',
    summary: alias,
    tags: [route.tag],
    'x-required-permission': route.permission,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(route.permission === 'public' ? { security: [] } : { security: SECURITY }),
    request: {
      ...(route.params === undefined ? {} : { params: route.params }),
      ...(route.query === undefined ? {} : { query: route.query }),
      ...(isConditional(route) ? { headers: ifMatchSchema } : {}),
      ...(route.body === undefined ? {} : { body: requestBody(route.body) }),
    },
    responses: { ...answers(route), ...failures(route) },
  };
}

function requestBody(body: NonNullable<ApiRoute['body']>) {
  const content: { schema: z.ZodType; example?: unknown } = { schema: body.schema };
  if (body.example !== undefined) content.example = body.example;
  return { required: true, content: { [body.mediaType ?? 'application/json']: content } };
}

function answers(route: ApiRoute) {
  return Object.fromEntries(
    Object.entries(route.answers).map(
      ([status, { description, schema, mediaType = 'application/json', streamType }]) => [
        status,
        schema === undefined
          ? { description }
          : {
              description,
              content: { [mediaType]: { schema }, ...streamed(streamType) },
              ...(route.versioned === true ? { headers: etagHeader } : {}),
            },
      ],
    ),
  );
}

/** A stream beside the JSON, whose events the route's description tells. */
function streamed(streamType: string | undefined) {
  return streamType === undefined ? {} : { [streamType]: { schema: z.string() } };
}

/** Whether a change of it may be made for one version only. */
function isConditional({ versioned, method }: ApiRoute): boolean {
  return versioned === true && method !== 'get';
}

/** Error answers by status, each naming the codes it may carry. */
function failures(route: ApiRoute) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(errorCodes(route))) {
    const { status } = errorRegistry[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${errorRegistry[code].text}`).join(' '),
        content: {
          [route.errorForm?.mediaType ?? PROBLEM_TYPE]: {
            schema: route.errorForm?.schema ?? problemSchema,
          },
        },
      },
    ]),
  );
}

/** What a route may answer besides success: what follows from its parts, and its own. */
export function errorCodes(route: ApiRoute): ErrorCode[] {
  const codes: ErrorCode[] = ['internal', ...(route.errors ?? [])];
  if (!isHealthPath(route.paths[0])) codes.push('origin_refused');
  if (route.permission !== 'public') {
    codes.push('unauthenticated', 'forbidden', 'invalid_params');
    codes.push('too_many', 'storage_unavailable', 'shutting_down');
  }
  if (route.rateBounded === true) codes.push('too_many', 'storage_unavailable', 'invalid_params');
  if (isConditional(route)) codes.push('conflict');
  if (route.params !== undefined) codes.push('not_found');
  if (route.body !== undefined) {
    codes.push('parse_error', 'payload_too_large', 'unsupported_media_type');
  }
  return codes;
}
