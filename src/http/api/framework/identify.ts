import type { IncomingHttpHeaders } from 'node:http';
import { isCsrfToken } from '../../../identity/authentication/login-sessions.ts';
import type { LoginSession } from '../../../identity/store.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { API_RESOURCE, type Principal, type TenantId } from '../../../kernel/principal.ts';
import { credentialHeader } from '../../listener/credential-header.ts';
import { certificateOf } from '../../listener/edge/client-certificate.ts';
import type { Client } from '../../listener/edge/client-of.ts';
import type { ApiDeps } from './api-deps.ts';
import { type CookieForm, cookieForm, readCookie } from './session-cookie.ts';

/** Who calls, and the browser session when the caller came by cookie. */
export interface Caller {
  readonly principal: Principal;
  readonly session: LoginSession | undefined;
}

const SAFE = new Set(['GET', 'HEAD']);

/**
 * Finds out who calls: by the credential of the headers, or without one by the cookie of a browser
 * session, or else by the certificate of its connection. A wrong credential is never made up for by
 * a cookie. Throws `unauthenticated`, and for a change that a foreign page may have sent
 * `origin_refused` or `forbidden`.
 */
export async function identify(
  deps: ApiDeps,
  request: Request,
  client: Client,
  incoming?: IncomingHttpHeaders,
): Promise<Caller> {
  const { headers } = request;
  const authorization = headers.get('authorization') ?? undefined;
  const apiKey = headers.get('x-api-key') ?? undefined;
  const cookie = cookieOf(deps, request, client);
  if (authorization === undefined && apiKey === undefined && cookie !== undefined) {
    return identifyBySession(deps, request, cookie.value);
  }
  const token = credentialHeader({
    ...certificateOf(incoming),
    authorization,
    'x-api-key': apiKey,
  });
  if (token === undefined) throw new GatewayError('unauthenticated');
  return { principal: await deps.admit(token, API_RESOURCE), session: undefined };
}

/** The form of the session's cookie for this request, and its value when it has one. */
export function cookieOf(
  { authentication }: ApiDeps,
  { headers, url }: Request,
  client: Client,
): { readonly form: CookieForm; readonly value: string } | undefined {
  const host = headers.get('host') ?? new URL(url).host;
  const form = cookieForm(host, client, authentication.baseUrl());
  const value = form && readCookie(headers.get('cookie'), form);
  return form === undefined || value === undefined ? undefined : { form, value };
}

/** The user who is logged in at the gateway in the browser that asks; undefined for nobody. */
export async function loggedIn(
  deps: ApiDeps,
  request: Request,
  client: Client,
): Promise<string | undefined> {
  const cookie = cookieOf(deps, request, client);
  if (cookie === undefined) return undefined;
  return (await deps.authentication.sessions.open(cookie.value))?.session.userId;
}

/** Throws `origin_refused` for a request that a page of another origin may have made. */
export function refuseForeignPage({ authentication }: ApiDeps, { headers, url }: Request): void {
  const site = headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin' && site !== 'none') {
    throw new GatewayError('origin_refused');
  }
  const origin = headers.get('origin');
  const host = headers.get('host') ?? new URL(url).host;
  const own = [`http://${host}`, `https://${host}`, new URL(authentication.baseUrl()).origin];
  if (origin !== null && !own.includes(origin)) throw new GatewayError('origin_refused');
}

async function identifyBySession(deps: ApiDeps, request: Request, cookie: string): Promise<Caller> {
  const { sessions } = deps.authentication;
  const isChange = !SAFE.has(request.method);
  if (isChange) refuseForeignPage(deps, request);
  const opened = await sessions.open(cookie);
  if (opened === undefined) throw new GatewayError('unauthenticated');
  if (isChange && !isCsrfToken(cookie, request.headers.get('x-csrf-token') ?? undefined)) {
    const text = 'A change by cookie needs the X-CSRF-Token that GET /auth/sessions/current tells.';
    throw new GatewayError('forbidden', text);
  }
  const wanted = request.headers.get('mcp-gateway-tenant');
  if (wanted === null) return opened;
  const tenant = await tenantOf(deps, opened.session.userId, wanted);
  const there = await sessions.open(cookie, tenant);
  if (there === undefined) throw new GatewayError('unauthenticated');
  return there;
}

/** A tenant of the user, by id or name; no other tenant is told apart from none. */
async function tenantOf(
  { authentication }: ApiDeps,
  userId: string,
  wanted: string,
): Promise<TenantId> {
  const memberships = await authentication.people.memberships(userId);
  const found = memberships.find((one) => one.tenant === wanted || one.tenantName === wanted);
  if (found !== undefined) return found.tenant;
  throw new GatewayError('forbidden', 'Mcp-Gateway-Tenant names no tenant you belong to.');
}
