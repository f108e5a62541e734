import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import { GatewayError } from '../../../kernel/errors.ts';
import type { OAuthClientStore } from '../store.ts';
import { findResource, resourcePath } from '../protected-resource.ts';
import { permissionOfScope, scopeLimits } from '../scope-limits.ts';
import { isLoopback } from '../clients/client-metadata.ts';
import { grantReference } from './grant-reference.ts';
import { consentPage } from './pages/consent-page.ts';
import { loginPage } from './pages/login-page.ts';
import type { Page } from './pages/page.ts';
import { problemPage } from './pages/problem-page.ts';
import { tenantOfMethods } from './login-tenant.ts';
import type { OAuthGrants, OAuthPeople, PersonMembership, ProviderLogins } from './ports.ts';
import { backFromProvider, offerWays } from './provider-login.ts';
import { tenantOfClient } from './registration.ts';

/** What the questions to a person need. */
export interface InteractionsOptions {
  readonly people: OAuthPeople;
  readonly grants: OAuthGrants;
  readonly clients: Pick<OAuthClientStore, 'find'>;
  readonly logins: ProviderLogins;
  readonly now: () => number;
}

/** One request to the page of an interaction. */
export interface InteractionRequest {
  readonly provider: Provider;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly baseUrl: string;
  readonly address: string;
  /** The interaction that the address names. */
  readonly uid: string;
  /** What the form sent; undefined when the page is only asked for. */
  readonly form: URLSearchParams | undefined;
}

type Details = Awaited<ReturnType<Provider['interactionDetails']>>;

/** The next page, or where to go instead. */
type Next = Page | { readonly result: Parameters<Provider['interactionResult']>[2] };

/** Asks a person who it is and whether it consents; both on pages of the gateway's own. */
export function createInteractions(
  options: InteractionsOptions,
): (request: InteractionRequest) => Promise<void> {
  return async (asked) => {
    const { provider, request, response, uid } = asked;
    const details = await provider.interactionDetails(request, response).catch(() => undefined);
    // The cookie says whose browser this is; the address alone opens nothing.
    if (details === undefined || details.uid !== uid) {
      send(response, problemPage(400, 'This page has expired, or belongs to another browser.'));
      return;
    }
    const next = await answer(options, asked, details);
    if ('html' in next) {
      send(response, next);
      return;
    }
    const location = await provider.interactionResult(request, response, next.result);
    response.writeHead(303, { location, 'cache-control': 'no-store', 'content-length': '0' }).end();
  };
}

/** Sends a page. */
export function send(response: ServerResponse, { status, html, headers }: Page): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(html) }).end(html);
}

async function answer(
  options: InteractionsOptions,
  asked: InteractionRequest,
  details: Details,
): Promise<Next> {
  if (asked.form?.get('decision') === 'deny') {
    const error_description = 'The person said no.';
    return { result: { error: 'access_denied', error_description } };
  }
  const isLogin = details.prompt.name === 'login';
  return isLogin ? signIn(options, asked, details) : consent(options, asked, details);
}

async function signIn(
  options: InteractionsOptions,
  { provider, request, form, address, baseUrl }: InteractionRequest,
  details: Details,
): Promise<Next> {
  const { people } = options;
  const { params } = details;
  const asked = { details, cookies: request.headers.cookie, baseUrl, address, form };
  const back = await backFromProvider(options, asked);
  if (back !== undefined) return { result: { login: back } };
  const client = await provider.Client.find(String(params['client_id']));
  const login = form?.get('login') ?? '';
  const view = {
    clientName: client?.clientName ?? 'A program',
    login,
    formTargets: formTargets(params['redirect_uri']),
    email: form?.get('email') ?? '',
    ...(await waysOrProblem(options, asked)),
  };
  if (form === undefined || form.get('decision') === 'find-provider') return loginPage(view);
  const code = form.get('code')?.trim() ?? '';
  try {
    const password = form.get('password') ?? '';
    const attempt = { login, password, address, ...(code === '' ? {} : { code }) };
    const outcome = await people.signIn(attempt);
    if (outcome !== 'second_factor') return { result: { login: { accountId: outcome.userId } } };
    return loginPage({ ...view, problem: 'Type your password again, and a one-time code.' });
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const problem =
      error.code === 'unauthenticated' ? 'Login, password or code is not right.' : error.message;
    return loginPage({ ...view, problem });
  }
}

/** Too many questions about addresses are a problem of the page; signing in goes on. */
async function waysOrProblem(
  ...[options, asked]: Parameters<typeof offerWays>
): ReturnType<typeof offerWays> {
  try {
    return await offerWays(options, asked);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { ways: [], problem: error.message };
  }
}

async function consent(
  { people, grants, clients }: InteractionsOptions,
  { provider, baseUrl, form }: InteractionRequest,
  { params, session }: Details,
): Promise<Next> {
  const clientId = String(params['client_id']);
  const client = await provider.Client.find(clientId);
  const person = session === undefined ? undefined : await people.get(session.accountId);
  const path = resourcePath(String(params['resource']), baseUrl);
  const resource = path === undefined ? undefined : findResource(path);
  if (client === undefined || person === undefined || resource === undefined) {
    return problemPage(400, 'The request cannot be decided any more.');
  }
  const asked = scopesOf(params['scope']).filter((scope) => resource.mayCarry(scope));
  const only = await tenantOfClient(clients, clientId);
  // Whoever runs one tenant's provider must not get into another by the people that both have.
  const vouchedIn = tenantOfMethods(session?.amr);
  const memberships = (await people.memberships(person.userId)).filter(
    ({ tenant, actions }) =>
      (only === null || tenant === only) &&
      (vouchedIn === undefined || tenant === vouchedIn) &&
      grantable(asked, actions).length > 0,
  );
  if (memberships.length === 0) {
    return problemPage(403, 'You may not grant any of what this program asks for.');
  }
  const chosen = memberships.find(({ tenant }) => tenant === form?.get('tenant'));
  if (form?.get('decision') === 'allow' && chosen !== undefined) {
    const { userId } = person;
    const limits = scopeLimits(grantable(asked, chosen.actions));
    const { tenant } = chosen;
    const audience = `${baseUrl}${resource.path}`;
    const grant = await grants.create({ tenant, userId, clientId, resource: audience, ...limits });
    return { result: { consent: { grantId: grantReference(tenant, grant.id) } } };
  }
  const redirectUri = String(params['redirect_uri']);
  return consentPage({
    clientName: client.clientName ?? clientId,
    documentHost: URL.parse(clientId)?.host || undefined,
    redirectHost: redirectHost(redirectUri),
    isLocal: isLoopback(redirectUri),
    login: person.login,
    resource: `${baseUrl}${resource.path}`,
    scopes: asked,
    tenants: memberships.map(tenantView),
    formTargets: formTargets(redirectUri),
  });
}

/** The scopes of those asked for that a person with these permissions can give. */
export function grantable(
  asked: readonly string[],
  actions: PersonMembership['actions'],
): readonly string[] {
  return asked.filter((scope) => {
    const permission = permissionOfScope(scope);
    return permission !== undefined && actions.has(permission);
  });
}

/** The single scopes of a text. */
export function scopesOf(scope: unknown): readonly string[] {
  return typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '') : [];
}

const tenantView = ({ tenant, tenantName }: PersonMembership) => ({ id: tenant, name: tenantName });

/** Where the answer goes, as a person can judge it: the host, or the scheme of a program. */
function redirectHost(uri: string): string {
  const url = URL.parse(uri);
  if (url === null) return uri;
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.host : url.protocol;
}

/** A browser lets a form lead only to named places, by way of redirects too (CSP form-action). */
function formTargets(redirectUri: unknown): readonly string[] {
  const url = URL.parse(String(redirectUri));
  if (url === null) return [];
  return [url.protocol === 'https:' || url.protocol === 'http:' ? url.origin : url.protocol];
}
