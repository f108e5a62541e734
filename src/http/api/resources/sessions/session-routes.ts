import { z } from '@hono/zod-openapi';
import type {
  ManagedSessions,
  SessionInput,
} from '../../../../gateway/sessions/managed-sessions.ts';
import type { ManagedSession } from '../../../../gateway/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import { defineRoute, type ApiRoute } from '../../framework/define-route.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import {
  isServed,
  SESSION_HEADER,
  sessionUrl,
  type SessionPart,
} from '../../../doors/sessions/session-address.ts';

/** What the routes of managed sessions need. */
export interface SessionRouteDeps {
  readonly sessions: ManagedSessions;
  /** The path under which a proxy shows the gateway: '' or '/…' without a slash at the end. */
  readonly basePath: string;
}

const slug = z
  .string()
  .max(limits.slugLengthMax)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be a slug');
const transport = z.enum(['any', 'streamable-http', 'sse', 'websocket']);
const idPlace = z.enum(['path', 'query', 'header']);

const requestSchema = z
  .strictObject({
    services: z
      .array(slug)
      .min(1)
      .max(limits.namedServicesMax)
      .describe('The services it serves; all that the key may use when absent.')
      .optional(),
    transport: transport.describe('How it is reached; any when absent.').optional(),
    expiresInSeconds: z
      .int()
      .min(1)
      .max(limits.managedSessionLifeMsMax / 1_000)
      .describe(`When it ends by itself; ${limits.managedSessionLifeMs / 1_000} when absent.`)
      .optional(),
    sessionIdIn: idPlace
      .describe('Where its id stands in requests; in the path when absent. Queries end up in logs.')
      .optional(),
  })
  .openapi('SessionRequest');

const url = z.string().describe('Relative to this server.');
const sessionSchema = z
  .strictObject({
    id: z.string(),
    userId: z.string(),
    services: z.array(z.string()).nullable().describe('null: all that the key may use.'),
    transport,
    sessionIdIn: idPlace,
    sessionHeader: z.string().optional().describe('The header its id travels in.'),
    endpoints: z
      .strictObject({
        mcp: url.optional(),
        sse: url.optional(),
        messages: url.optional(),
        ws: url.optional(),
      })
      .describe('Where its transports are.'),
    createdAtMs: z.int(),
    expiresAtMs: z.int(),
  })
  .openapi('Session');
const listSchema = z.strictObject({ sessions: z.array(sessionSchema) }).openapi('Sessions');
const params = z.strictObject({ session: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });

const tag = 'Sessions';

/** Making, seeing and ending sessions; each is seen only by the key that made it. */
export function sessionRoutes(deps: SessionRouteDeps): ApiRoute[] {
  return [createRoute(deps), listRoute(deps), getRoute(deps), endRoute(deps)];
}

const createRoute = ({ sessions, basePath }: SessionRouteDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/sessions', '/api/v1/sessions'],
    operationIds: ['createSession', 'createSessionV1'],
    tag,
    summary: 'Make a session',
    description:
      'A session serves some services over transports of its own until it expires or is ended. ' +
      'Only the key that made it may use it. One service is served under its own names, ' +
      'several under their prefixed ones. Usage is recorded under the id of the session.',
    permission: 'sessions.use',
    body: {
      schema: requestSchema,
      example: { services: ['weather'], transport: 'sse', expiresInSeconds: 3_600 },
    },
    answers: { 201: { description: 'Made.', schema: sessionSchema } },
    errors: ['not_found', 'conflict'],
    handle: async ({ principal, body }) => {
      const input: SessionInput = {
        services: body.services ?? null,
        transport: body.transport ?? 'any',
        idPlace: body.sessionIdIn ?? 'path',
        lifeMs: (body.expiresInSeconds ?? limits.managedSessionLifeMs / 1_000) * 1_000,
      };
      const session = await sessions.create(principal, input);
      const headers = { Location: `${basePath}/sessions/${session.id}` };
      return respondJson(201, sessionJson(session, basePath), headers);
    },
  });

const listRoute = ({ sessions, basePath }: SessionRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/sessions', '/api/v1/sessions'],
    operationIds: ['listSessions', 'listSessionsV1'],
    tag,
    summary: 'List the sessions of this key',
    permission: 'sessions.use',
    answers: { 200: { description: 'Those that last.', schema: listSchema } },
    handle: async ({ principal }) => {
      const own = await sessions.list(principal);
      return respondJson(200, { sessions: own.map((one) => sessionJson(one, basePath)) });
    },
  });

const getRoute = ({ sessions, basePath }: SessionRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/sessions/{session}', '/api/v1/sessions/{session}'],
    operationIds: ['getSession', 'getSessionV1'],
    tag,
    summary: 'See one session',
    permission: 'sessions.use',
    params,
    answers: { 200: { description: 'The session.', schema: sessionSchema } },
    errors: ['session_not_found'],
    handle: async ({ principal, params }) => {
      const { session } = await sessions.find(principal, params.session);
      return respondJson(200, sessionJson(session, basePath));
    },
  });

const endRoute = ({ sessions }: SessionRouteDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/sessions/{session}', '/api/v1/sessions/{session}'],
    operationIds: ['endSession', 'endSessionV1'],
    tag,
    summary: 'End a session',
    description: 'Its connections are closed and its running calls cancelled; usage stays.',
    permission: 'sessions.use',
    params,
    answers: { 204: { description: 'Ended.' } },
    errors: ['session_not_found'],
    handle: async ({ principal, params }) => {
      await sessions.end(principal, params.session);
      return respondEmpty();
    },
  });

function sessionJson(session: ManagedSession, basePath: string) {
  const { id, userId, services, transport, idPlace: place, createdAtMs, expiresAtMs } = session;
  const parts: readonly SessionPart[] = ['mcp', 'sse', 'messages', 'ws'];
  const endpoints = parts
    .filter((part) => isServed(part, transport))
    .map((part) => [part, sessionUrl({ id, place }, part, basePath)] as const);
  return {
    id,
    userId,
    services,
    transport,
    sessionIdIn: place,
    ...(place === 'header' ? { sessionHeader: SESSION_HEADER } : {}),
    endpoints: Object.fromEntries(endpoints),
    createdAtMs,
    expiresAtMs,
  };
}
