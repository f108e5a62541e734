import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import { errorRegistry, GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { Client } from '../../../listener/edge/client-of.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { cookieOf, refuseForeignPage } from '../../framework/identify.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondJson } from '../../framework/respond.ts';
import { tellSignIn } from '../auth/tell-sign-in.ts';
import { cookieForm, writeCookie } from '../../framework/session-cookie.ts';
import { emailAddress, pathId } from '../../grants/identity-fields.ts';
import { failedPage } from '../connections/connect-pages.ts';
import { readForm } from './read-form.ts';

const discoverSchema = z.strictObject({ email: emailAddress }).openapi('SsoDiscovery');
const foundSchema = z.strictObject({ startUrl: z.string() }).openapi('SsoStart');
const tag = 'Single sign-on';
const onward = { description: 'Onward.' };
const SECOND_MS = 1_000;

/** The way to a provider and back, and its word that a login is over. */
export function ssoSignInRoutes(deps: ApiDeps): ApiRoute[] {
  return [discoverRoute(deps), callbackRoute(deps), startRoute(deps), logoutRoute(deps)];
}

const discoverRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/auth/sso/discover'],
    operationIds: ['discoverSso'],
    tag,
    summary: 'Find where a person signs in by its e-mail address',
    description: 'Only the domain counts; it tells nothing about the person.',
    permission: 'public',
    rateBounded: true,
    body: { schema: discoverSchema, example: { email: 'ada@acme.example' } },
    answers: { 200: { description: 'Where to begin.', schema: foundSchema } },
    errors: ['not_found'],
    handle: async ({ body: { email } }) => {
      const id = await deps.sso.signIn.discover(email);
      if (id === undefined)
        throw new GatewayError('not_found', 'This domain has no provider here.');
      return respondJson(200, { startUrl: `${baseUrl(deps)}/auth/sso/${id}/start` });
    },
  });

const startRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/auth/sso/{connection}/start'],
    operationIds: ['startSso'],
    tag,
    summary: 'Go to a provider to sign in',
    permission: 'public',
    rateBounded: true,
    params: z.strictObject({ connection: pathId }),
    answers: { 303: onward },
    documented: false,
    handle: ({ params: { connection }, request }) =>
      asPage(deps, async () => {
        // Otherwise another site could sign a person in as somebody else.
        refuseForeignPage(deps, request);
        const next = new URL(request.url).searchParams.get('next') ?? undefined;
        const { url, state, browser } = await deps.sso.signIn.start(connection, next);
        const seconds = limits.ssoStateMs / SECOND_MS;
        return redirect(url, [stateCookie(deps, state, browser, seconds)]);
      }),
  });

const callbackRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/auth/sso/callback'],
    operationIds: ['finishSso'],
    tag,
    summary: 'Where providers send people back to',
    permission: 'public',
    rateBounded: true,
    answers: { 303: onward },
    documented: false,
    handle: ({ request, client }) =>
      asPage(deps, async () => {
        const { searchParams } = new URL(request.url);
        const state = searchParams.get('state') ?? '';
        const browser = cookieIn(request.headers, state);
        const signedIn = await deps.sso.signIn.finish(searchParams, browser);
        const session = await beginSession(deps, request, client, signedIn);
        return redirect(signedIn.next, [session, stateCookie(deps, state, '', 0)]);
      }),
  });

const logoutRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/auth/sso/backchannel-logout'],
    operationIds: ['endSsoLogins'],
    tag,
    summary: 'End the logins of a person, at the word of its provider',
    permission: 'public',
    rateBounded: true,
    answers: { 200: { description: 'Ended.' } },
    errors: ['invalid_params', 'payload_too_large', 'storage_unavailable'],
    documented: false,
    handle: async ({ request }) => {
      const form = await readForm(request, limits.signInBodyBytesMax);
      const tokens = form.getAll('logout_token');
      const [token] = tokens;
      if (token === undefined || tokens.length > 1) {
        const fix = 'Send one logout_token as application/x-www-form-urlencoded.';
        throw fieldProblem([{ field: 'logout_token', problem: 'is not there once', fix }]);
      }
      await deps.sso.logout(token);
      return new Response(null, { status: 200, headers: { 'Cache-Control': 'no-store' } });
    },
  });

async function beginSession(
  deps: ApiDeps,
  request: Request,
  client: Client,
  { userId, tenant, connectionId }: Awaited<ReturnType<ApiDeps['sso']['signIn']['finish']>>,
): Promise<string> {
  const { sessions } = deps.authentication;
  const host = request.headers.get('host') ?? new URL(request.url).host;
  const form = cookieForm(host, client, baseUrl(deps));
  if (form === undefined) {
    const text = 'A browser signs in over https, or on this machine; set server.publicUrl or TLS.';
    throw new GatewayError('forbidden', text);
  }
  const held = cookieOf(deps, request, client);
  const before = held && (await sessions.open(held.value));
  if (before !== undefined) await sessions.end(before.session.userId, before.session.id);
  const { cookie, session } = await sessions.begin(userId, tenant, connectionId);
  const { grantId } = session;
  await tellSignIn(deps, { userId, tenant, action: 'finishSso', by: 'sso', grantId });
  const { address } = client;
  deps.log.info({ userId, tenant, address, connectionId, kind: 'sso' }, 'signed in');
  return writeCookie(form, cookie, Math.floor(limits.loginSessionMs / SECOND_MS));
}

/** An error becomes a page that says no more than the API would. */
async function asPage({ log }: ApiDeps, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    const title = 'Not signed in';
    if (error instanceof GatewayError) return failedPage(error.status, error.message, title);
    log.error({ error: error instanceof Error ? error.message : '' }, 'signing in failed');
    return failedPage(errorRegistry.internal.status, errorRegistry.internal.text, title);
  }
}

function redirect(location: string, cookies: readonly string[]): Response {
  const headers = new Headers({ Location: location, 'Cache-Control': 'no-store' });
  for (const cookie of cookies) headers.append('Set-Cookie', cookie);
  return new Response(null, { status: 303, headers });
}

const baseUrl = ({ authentication }: ApiDeps): string => authentication.baseUrl();

/** A cookie for each way, so that two at once do not end each other. */
function cookieName(state: string): string {
  return `mgw_sso_${createHash('sha256').update(state).digest('hex').slice(0, 16)}`;
}

function stateCookie(deps: ApiDeps, state: string, value: string, seconds: number): string {
  const { protocol, pathname } = new URL(baseUrl(deps));
  const path = `${pathname.replace(/\/+$/, '')}/auth/sso`;
  const secure = protocol === 'https:' ? '; Secure' : '';
  const rules = `Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
  return `${cookieName(state)}=${value}; ${rules}`;
}

function cookieIn(headers: Headers, state: string): string | undefined {
  const name = `${cookieName(state)}=`;
  const pairs = (headers.get('cookie') ?? '').split(/;\s*/);
  return pairs.find((pair) => pair.startsWith(name))?.slice(name.length);
}
