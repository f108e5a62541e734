import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors, interactionPolicy, Provider, type KoaContextWithOIDC } from 'oidc-provider';
import type { Egress } from '../../../kernel/egress.ts';
import { limits } from '../../../kernel/limits.ts';
import type { Log } from '../../../kernel/log.ts';
import { RecentMap } from '../../../kernel/recent/recent-map.ts';
import type { Seal } from '../../../kernel/seal.ts';
import type { AuthorizationRequest, AuthorizationServer } from '../authorization-server.ts';
import { resourcePath } from '../protected-resource.ts';
import type { ArtifactStore, OAuthClientStore } from '../store.ts';
import { createArtifactAdapter } from './artifact-adapter.ts';
import { createClientDocuments } from './client-documents.ts';
import { createGrantAdapter, createRefreshAdapter } from './grant-adapter.ts';
import { createInteractions, send, type InteractionRequest } from './interactions.ts';
import { problemPage } from './pages/problem-page.ts';
import type {
  OAuthGrants,
  OAuthPeople,
  ProviderKeys,
  ProviderLogins,
  RefreshFamilies,
} from './ports.ts';
import { providerSettings } from './provider-settings.ts';
import { createRefreshRotation } from './refresh-rotation.ts';
import { createClientAdapter, registrationBody } from './registration.ts';
import { createGrantLoader } from './grant-loader.ts';
import { readBounded, requestView } from './request-stream.ts';

/** What the gateway's own authorization server is made from. */
export interface EmbeddedServerOptions {
  readonly artifacts: ArtifactStore;
  readonly clients: OAuthClientStore;
  readonly grants: OAuthGrants;
  readonly families: RefreshFamilies;
  readonly people: OAuthPeople;
  readonly logins: ProviderLogins;
  /** The keys that sign now; asked before every request. */
  keys(): Promise<ProviderKeys>;
  readonly seal: Seal;
  /** Sign cookies; the first signs, all verify. */
  readonly cookieKeys: readonly string[];
  /** Reaches public addresses only. */
  readonly egress: Pick<Egress, 'request'>;
  /** Whether clients may register themselves (RFC 7591). */
  readonly registers: boolean;
  /** The issuer that access tokens name: the base URL that admission knows. */
  tokenIssuer(): string;
  readonly log: Log;
  readonly now: () => number;
}

/** Issuers, and key changes, that are kept ready. */
const PROVIDERS_MAX = 16;
const INTERACTION = /^\/oauth\/interaction\/([A-Za-z0-9_-]{1,64})$/;

/** Makes the server; see `AuthorizationServer`. */
export function createEmbeddedServer(options: EmbeddedServerOptions): AuthorizationServer {
  const documents = createClientDocuments(options);
  const interact = createInteractions(options);
  const providers = new RecentMap<string, Provider>(PROVIDERS_MAX);
  const addresses = new WeakMap<IncomingMessage, string>();

  const providerFor = async (baseUrl: string): Promise<Provider> => {
    const { version, keys } = await options.keys();
    const name = `${version} ${baseUrl}`;
    const known = providers.get(name);
    if (known !== undefined) return known;
    const provider = createProvider(options, { baseUrl, keys, documents, addresses });
    providers.set(name, provider);
    return provider;
  };

  return {
    serve: async ({ request, response, baseUrl, address }: AuthorizationRequest) => {
      try {
        const provider = await providerFor(baseUrl);
        const body = await bodyOf(request);
        const url = canonicalUrl(request.url as string, baseUrl);
        const uid = INTERACTION.exec(url)?.[1];
        const isRegistration =
          options.registers && url === '/oauth/register' && request.method === 'POST';
        const registration = isRegistration ? registrationBody(body ?? '') : undefined;
        if (registration !== undefined && 'error' in registration) {
          sendJson(response, 400, registration);
          return;
        }
        const text = registration?.body ?? canonicalForm(request, body, baseUrl);
        const view = requestView(request, { url, baseUrl, body: text });
        addresses.set(view, address);
        if (uid === undefined) await provider.callback()(view, response);
        else {
          const form = formOf(request, body, baseUrl);
          await interact({ provider, request: view, response, baseUrl, address, uid, form });
        }
      } catch (error) {
        refuse(options.log, response, error);
      }
    },
  };
}

interface ProviderParts {
  readonly baseUrl: string;
  readonly keys: ProviderKeys['keys'];
  readonly documents: ReturnType<typeof createClientDocuments>;
  readonly addresses: WeakMap<IncomingMessage, string>;
}

function createProvider(options: EmbeddedServerOptions, parts: ProviderParts): Provider {
  const { grants, families, people, clients, log, now } = options;
  const { baseUrl, keys, documents, addresses } = parts;
  const ended = () => new errors.InvalidGrant('the grant is not in force');
  const usedTwice = () => new errors.InvalidGrant('it is being used');
  const artifacts = { store: options.artifacts, seal: options.seal, now, usedTwice };
  const clientAdapter = createClientAdapter({
    store: clients,
    seal: options.seal,
    now,
    address: () => addresses.get(Provider.ctx?.req as IncomingMessage) ?? '',
    noRoom: () => new TooManyClients(),
  });
  const provider = new Provider(
    baseUrl,
    providerSettings({
      baseUrl,
      keys,
      cookieKeys: options.cookieKeys,
      registers: options.registers,
      tokenIssuer: () => options.tokenIssuer(),
      people,
      documents,
      adapter: (kind) => {
        if (kind === 'Client') return clientAdapter;
        if (kind === 'Grant') return createGrantAdapter(grants);
        if (kind === 'RefreshToken') return createRefreshAdapter(grants, families, ended);
        return createArtifactAdapter(kind, artifacts);
      },
      loadGrant: createGrantLoader({ baseUrl, grants, people }),
      library: { errors, interactionPolicy },
    }),
  );
  // Host and scheme are those that `requestView` writes, never a client's.
  provider.proxy = true;
  provider.use(createRefreshRotation(families));
  provider.use(async (context, next) => {
    await next();
    const { oidc } = context as { oidc?: KoaContextWithOIDC['oidc'] };
    const clientId = oidc?.route === 'token' ? oidc.client?.clientId : undefined;
    if (clientId !== undefined && context.status === 200) await clients.noteUse(clientId, now());
  });
  provider.on('server_error', (_context, error) => {
    log.error({ cause: error.stack ?? error.message }, 'the authorization server failed');
  });
  return provider;
}

/** RFC 7591 has no name for it; the status says it. */
class TooManyClients extends errors.OIDCProviderError {
  override error_description = 'Too many clients registered themselves; try again later.';

  constructor() {
    super(429, 'temporarily_unavailable');
  }
}

/** A resource has one name, whatever case its host is written in. */
function canonicalUrl(url: string, baseUrl: string): string {
  const query = url.indexOf('?');
  if (query === -1) return url;
  return `${url.slice(0, query)}?${canonicalParams(url.slice(query + 1), baseUrl)}`;
}

function canonicalForm(
  request: IncomingMessage,
  body: string | undefined,
  baseUrl: string,
): string | undefined {
  if (body === undefined || !isForm(request)) return body;
  const params = new URLSearchParams(body);
  const isRefresh = params.get('grant_type') === 'refresh_token' && params.has('scope');
  if (!isRefresh) return canonicalParams(body, baseUrl);
  // What a token may do is what its grant says; the answer tells the scopes (RFC 6749 §3.3).
  params.delete('scope');
  return canonicalParams(params.toString(), baseUrl);
}

function canonicalParams(text: string, baseUrl: string): string {
  const params = new URLSearchParams(text);
  if (!params.has('resource')) return text;
  const changed = [...params].map(([name, value]): [string, string] => {
    const path = name === 'resource' ? resourcePath(value, baseUrl) : undefined;
    return [name, path === undefined ? value : `${baseUrl}${path}`];
  });
  return new URLSearchParams(changed).toString();
}

function isForm({ headers }: IncomingMessage): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '');
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  if (request.method !== 'POST') return undefined;
  const body = await readBounded(request, limits.oauthBodyBytesMax);
  if (body === undefined) throw new BodyTooLarge();
  return body;
}

class BodyTooLarge extends Error {}

/** What a form sent that this browser was given by us: a foreign page's is as good as none. */
function formOf(
  request: IncomingMessage,
  body: string | undefined,
  baseUrl: string,
): InteractionRequest['form'] {
  if (request.method !== 'POST' || !isForm(request)) return undefined;
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const isOwn = origin === undefined || origin === new URL(baseUrl).origin;
  if (!isOwn || (site !== undefined && site !== 'same-origin')) return undefined;
  return new URLSearchParams(body ?? '');
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}

function refuse(log: Log, response: ServerResponse, error: unknown): void {
  if (!(error instanceof BodyTooLarge)) {
    const cause = error instanceof Error ? error.stack : String(error);
    log.error({ cause }, 'the authorization server failed');
  }
  if (response.headersSent) response.destroy();
  else if (error instanceof BodyTooLarge) {
    response.setHeader('connection', 'close');
    sendJson(response, 413, { error: 'invalid_request', error_description: 'The body is large.' });
  } else send(response, problemPage(503, 'The gateway cannot answer now; try again later.'));
}
