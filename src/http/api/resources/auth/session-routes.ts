import { z } from '@hono/zod-openapi';
import { csrfToken } from '../../../../identity/authentication/login-sessions.ts';
import { chooseTenant } from '../../../../identity/authentication/sign-in.ts';
import type { MemberOf } from '../../../../identity/authentication/people.ts';
import type { LoginSession } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { cookieOf, refuseForeignPage } from '../../framework/identify.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import { cookieForm, writeCookie } from '../../framework/session-cookie.ts';
import { tellSignIn } from './tell-sign-in.ts';
import {
  loginField,
  meFields,
  passwordField,
  secondProofFields,
  tenantField,
} from './auth-schemas.ts';

const currentSchema = z
  .strictObject({
    ...meFields,
    sessionId: z.string(),
    csrfToken: z.string().describe('To be sent as X-CSRF-Token with every change.'),
    secondFactor: z
      .enum(['on', 'off', 'demanded'])
      .describe('`demanded`: nothing else works in this tenant until one is set up.'),
    expiresAtMs: z.int(),
  })
  .openapi('CurrentSession');

const sessionSchema = z
  .strictObject({
    id: z.string(),
    tenantId: z.string(),
    createdAtMs: z.int(),
    seenAtMs: z.int(),
    expiresAtMs: z.int(),
    isCurrent: z.boolean(),
  })
  .openapi('LoginSession');
const sessionsSchema = z
  .strictObject({ sessions: z.array(sessionSchema) })
  .openapi('LoginSessions');

const signInSchema = z
  .strictObject({
    login: loginField,
    password: passwordField,
    tenant: tenantField.describe('The tenant to begin in; the first when absent.').optional(),
    ...secondProofFields,
  })
  .openapi('SignIn');
const tenantSchema = z.strictObject({ tenant: tenantField }).openapi('TenantChoice');
const params = z.strictObject({ session: z.string().regex(/^[a-z]+(_[0-9a-f]{32})?$/) });

const tag = 'Signing in';

/** Logins of browsers, by cookie. */
export function sessionRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    beginRoute(deps),
    listRoute(deps),
    currentRoute(deps),
    switchRoute(deps),
    endAllRoute(deps),
    endRoute(deps),
  ];
}

const beginRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/auth/sessions'],
    operationIds: ['signIn'],
    tag,
    summary: 'Sign in a browser',
    description: 'Sets the cookie of a new session; pages of this origin only.',
    permission: 'public',
    rateBounded: true,
    body: { schema: signInSchema, example: { login: 'ada', password: 'a long password' } },
    answers: { 201: { description: 'The session.', schema: currentSchema } },
    errors: ['unauthenticated', 'second_factor_needed', 'forbidden'],
    handle: async ({ body, client, request }) => {
      refuseForeignPage(deps, request);
      const { authentication } = deps;
      const host = request.headers.get('host') ?? new URL(request.url).host;
      const form = cookieForm(host, client, authentication.baseUrl());
      if (form === undefined) throw notEncrypted();
      const { tenant: wanted, ...credentials } = present(body);
      const signedIn = await authentication.signIn({ ...credentials, address: client.address });
      const { tenant } = chooseTenant(signedIn, wanted ?? signedIn.memberships[0]?.tenant);
      const before = cookieOf(deps, request, client);
      if (before !== undefined) await endCookie(deps, before.value);
      const { id: userId } = signedIn.person;
      const by = signedIn.hasSecondFactor ? 'second_factor' : 'password';
      const { session, cookie } = await authentication.sessions.begin(userId, tenant);
      await tellSignIn(deps, { userId, tenant, action: 'signIn', by, grantId: session.grantId });
      deps.log.info({ userId, tenant, address: client.address, kind: 'cookie' }, 'signed in');
      const lifeSeconds = Math.floor(limits.loginSessionMs / 1000);
      return respondJson(201, await currentJson(deps, session, cookie), {
        'Set-Cookie': writeCookie(form, cookie, lifeSeconds),
      });
    },
  });

const listRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/auth/sessions'],
    operationIds: ['listLoginSessions'],
    tag,
    summary: 'List the own browser sessions',
    permission: 'self',
    answers: { 200: { description: 'The sessions.', schema: sessionsSchema } },
    handle: async ({ principal, session: current }) => {
      const own = await deps.authentication.sessions.list(principal.subject.id);
      return respondJson(200, { sessions: own.map((one) => sessionJson(one, current)) });
    },
  });

const currentRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/auth/sessions/current'],
    operationIds: ['currentLoginSession'],
    tag,
    summary: 'Show the session of the cookie',
    permission: 'self',
    answers: { 200: { description: 'The session.', schema: currentSchema } },
    errors: ['not_found'],
    handle: async ({ session, request, client }) => {
      const cookie = cookieOf(deps, request, client);
      if (session === undefined || cookie === undefined) throw noSession();
      return respondJson(200, await currentJson(deps, session, cookie.value));
    },
  });

const switchRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/auth/sessions/current/tenant'],
    operationIds: ['switchTenant'],
    tag,
    summary: 'Put another tenant in use',
    permission: 'self',
    body: { schema: tenantSchema, example: { tenant: 'default' } },
    answers: { 200: { description: 'The session.', schema: currentSchema } },
    errors: ['not_found'],
    handle: async ({ session, request, client, body }) => {
      const cookie = cookieOf(deps, request, client);
      if (session === undefined || cookie === undefined) throw noSession();
      const { people, sessions } = deps.authentication;
      const found = (await people.memberships(session.userId)).find(isNamed(body.tenant));
      if (found === undefined) throw new GatewayError('not_found', 'You have no such tenant.');
      const switched = await sessions.switchTenant(session, found.tenant);
      return respondJson(200, await currentJson(deps, switched, cookie.value));
    },
  });

const endAllRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/auth/sessions'],
    operationIds: ['endLoginSessions'],
    tag,
    summary: 'End all own browser sessions',
    description: 'The one of the cookie too.',
    permission: 'self',
    answers: { 204: { description: 'Ended.' } },
    handle: async ({ principal, request, client }) => {
      const { sessions } = deps.authentication;
      const { id: userId } = principal.subject;
      for (const { id } of await sessions.list(userId)) await sessions.end(userId, id);
      return withoutCookie(deps, request, client);
    },
  });

const endRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/auth/sessions/{session}'],
    operationIds: ['endLoginSession'],
    tag,
    summary: 'End a browser session',
    description: '`current` is the one of the cookie.',
    permission: 'self',
    params,
    answers: { 204: { description: 'Ended.' } },
    handle: async ({ principal, params, session, request, client }) => {
      const id = params.session === 'current' ? session?.id : params.session;
      const { sessions } = deps.authentication;
      const isEnded = id !== undefined && (await sessions.end(principal.subject.id, id));
      if (!isEnded) throw noSession();
      return id === session?.id ? withoutCookie(deps, request, client) : respondEmpty();
    },
  });

const isNamed =
  (text: string) =>
  ({ tenant, tenantName }: MemberOf): boolean =>
    tenant === text || tenantName === text;

/** Ends the session of a cookie that is about to be replaced. */
async function endCookie({ authentication: { sessions } }: ApiDeps, cookie: string) {
  const before = await sessions.open(cookie);
  if (before !== undefined) await sessions.end(before.session.userId, before.session.id);
}

function withoutCookie(
  deps: ApiDeps,
  request: Request,
  client: Parameters<typeof cookieOf>[2],
): Response {
  const response = respondEmpty();
  const cookie = cookieOf(deps, request, client);
  if (cookie !== undefined) response.headers.set('Set-Cookie', writeCookie(cookie.form, '', 0));
  return response;
}

async function currentJson(
  { authentication: { people, secondFactors } }: ApiDeps,
  session: LoginSession,
  cookie: string,
): Promise<z.output<typeof currentSchema>> {
  const person = await people.get(session.userId);
  if (person === undefined) throw new GatewayError('unauthenticated');
  const memberships = await people.memberships(person.id);
  const isOn = await secondFactors.isOn(person.id);
  const here = memberships.find(({ tenant }) => tenant === session.tenant);
  const wanted = here?.requiresSecondFactor === true ? 'demanded' : 'off';
  return {
    userId: person.id,
    login: person.login,
    name: person.name,
    tenantId: session.tenant,
    tenants: memberships.map(({ tenant, tenantName }) => ({ id: tenant, name: tenantName })),
    sessionId: session.id,
    csrfToken: csrfToken(cookie),
    secondFactor: isOn ? 'on' : wanted,
    expiresAtMs: session.expiresAtMs,
  };
}

function sessionJson(
  { id, tenant, createdAtMs, seenAtMs, expiresAtMs }: LoginSession,
  current: LoginSession | undefined,
): z.output<typeof sessionSchema> {
  const isCurrent = id === current?.id;
  return { id, tenantId: tenant, createdAtMs, seenAtMs, expiresAtMs, isCurrent };
}

function noSession(): GatewayError {
  return new GatewayError('not_found', 'There is no such session.');
}

function notEncrypted(): GatewayError {
  const text = 'A browser signs in over https, or on this machine; set server.publicUrl or TLS.';
  return new GatewayError('forbidden', text);
}
