import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { Connections } from '../../../../identity/vault/connections.ts';
import { errorRegistry, GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { Log } from '../../../../kernel/log.ts';
import type { Client } from '../../../listener/edge/client-of.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { defineRoute, type ApiRoute } from '../../framework/define-route.ts';
import { respondJson } from '../../framework/respond.ts';
import { donePage, failedPage, questionPage } from './connect-pages.ts';

/** What the pages at which users connect accounts need. */
export interface ConnectPageDeps {
  readonly connections: Pick<Connections, 'page' | 'depart' | 'arrive'>;
  /** The gateway's address for users, without a slash at its end. */
  publicUrl(): string;
  /** Who is logged in at the gateway in the browser that asks; undefined when nobody is. */
  openerOf(request: Request, client: Client): Promise<string | undefined>;
  /** What a user is called. */
  userName(tenant: TenantId, userId: string): Promise<string>;
  readonly log: Log;
}

const params = z.strictObject({ state: z.string().regex(/^[\w-]{43}$/) });
const tag = 'Connections';
const html = { description: 'A page.', mediaType: 'text/html' };

/** The pages of the way to an authorization server and back; nobody needs a key for them. */
export function connectRoutes(deps: ConnectPageDeps): ApiRoute[] {
  // The fixed paths first: a state could not be told from them.
  return [clientRoute(deps), callbackRoute(deps), pageRoute(deps), departRoute(deps)];
}

const clientRoute = ({ publicUrl }: ConnectPageDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/connect/client.json'],
    operationIds: ['getClientMetadata'],
    tag,
    summary: 'Who the gateway is, for authorization servers',
    description: 'A client id metadata document; its address is the client id.',
    permission: 'public',
    answers: { 200: { description: 'The document.', schema: z.looseObject({}) } },
    handle: async () => {
      const { clientMetadata } = await import('../../../../identity/vault/oauth/client.ts');
      const url = publicUrl();
      const metadata = clientMetadata(`${url}/connect/callback`, 'none');
      const document = { client_id: `${url}/connect/client.json`, client_uri: url, ...metadata };
      return respondJson(200, document, { 'Cache-Control': 'public, max-age=3600' });
    },
  });

const pageRoute = (deps: ConnectPageDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/connect/{state}'],
    operationIds: ['showConnectPage'],
    tag,
    summary: 'The page at which a user connects an account',
    permission: 'public',
    params,
    answers: { 200: html },
    documented: false,
    handle: ({ params: { state }, request, client }) =>
      asPage(deps, async () => {
        const page = await deps.connections.page(state);
        await checkOpener(deps, request, client, page.userId);
        const user = await deps.userName(page.tenant, page.userId);
        return questionPage({ user, service: page.service });
      }),
  });

const departRoute = (deps: ConnectPageDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/connect/{state}'],
    operationIds: ['leaveConnectPage'],
    tag,
    summary: 'Go on to the authorization server',
    permission: 'public',
    params,
    answers: { 303: { description: 'To the authorization server.' } },
    documented: false,
    handle: ({ params: { state }, request, client }) =>
      asPage(deps, async () => {
        const page = await deps.connections.page(state);
        await checkOpener(deps, request, client, page.userId);
        const { url, browser } = await deps.connections.depart(state);
        const next = new URL(url).searchParams.get('state') ?? '';
        const headers = { Location: url, 'Set-Cookie': cookieText(deps, next, browser) };
        return new Response(null, { status: 303, headers });
      }),
  });

const callbackRoute = (deps: ConnectPageDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/connect/callback'],
    operationIds: ['finishConnecting'],
    tag,
    summary: 'Where authorization servers send users back to',
    permission: 'public',
    answers: { 200: html },
    documented: false,
    handle: ({ request }) =>
      asPage(deps, async () => {
        const { searchParams } = new URL(request.url);
        const browser = cookieIn(request.headers, searchParams.get('state') ?? '');
        const page = await deps.connections.arrive(searchParams, browser);
        const user = await deps.userName(page.tenant, page.userId);
        return donePage({ user, service: page.service });
      }),
  });

/** Nobody connects an account for somebody else (2026-07-28 client/elicitation, "Phishing"). */
async function checkOpener(
  { openerOf }: ConnectPageDeps,
  request: Request,
  client: Client,
  userId: string,
): Promise<void> {
  const opener = await openerOf(request, client);
  if (opener === undefined || opener === userId) return;
  throw new GatewayError('forbidden', 'This address was made for another user of the gateway.');
}

/** An error becomes a page that says no more than the API would; a wrong address is a 400. */
async function asPage({ log }: ConnectPageDeps, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GatewayError) {
      return failedPage(error.code === 'not_found' ? 400 : error.status, error.message);
    }
    log.error({ error: error instanceof Error ? error.message : '' }, 'connecting failed');
    return failedPage(errorRegistry.internal.status, errorRegistry.internal.text);
  }
}

/** A cookie for each way, so that two at once do not end each other. */
function cookieName(state: string): string {
  return `mgw_connect_${createHash('sha256').update(state).digest('hex').slice(0, 16)}`;
}

function cookieText({ publicUrl }: ConnectPageDeps, state: string, value: string): string {
  const { protocol, pathname } = new URL(publicUrl());
  const path = `${pathname.replace(/\/+$/, '')}/connect`;
  const secure = protocol === 'https:' ? '; Secure' : '';
  const seconds = limits.connectStateMs / 1_000;
  const rules = `Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
  return `${cookieName(state)}=${value}; ${rules}`;
}

function cookieIn(headers: Headers, state: string): string | undefined {
  const name = `${cookieName(state)}=`;
  const pairs = (headers.get('cookie') ?? '').split(/;\s*/);
  return pairs.find((pair) => pair.startsWith(name))?.slice(name.length);
}
