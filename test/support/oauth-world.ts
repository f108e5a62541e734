import { Connections } from '../../src/identity/vault/connections.ts';
import type { ConnectedService } from '../../src/identity/vault/connected-service.ts';
import { OAuthClient } from '../../src/identity/vault/oauth/oauth-client.ts';
import { createRenew } from '../../src/identity/vault/renew-tokens.ts';
import { UserTokens } from '../../src/identity/vault/user-tokens.ts';
import { Vault } from '../../src/identity/vault/vault.ts';
import type { Egress, EgressRequest, EgressResponse } from '../../src/kernel/egress.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { tenantId } from '../../src/kernel/principal.ts';
import type { UpstreamOAuth } from '../../src/kernel/oauth/upstream-oauth.ts';
import { memoryConnectionStore } from './memory-connection-store.ts';
import { memoryVaultStore } from './memory-vault-store.ts';
import { testPrincipal } from './test-principal.ts';

export const ISSUER = 'https://as.example';
export const RESOURCE = 'https://api.example/mcp';

/** What the fake authorization server answers; anything may be changed by a test. */
export interface FakeServer {
  metadata: JsonObject;
  resource: JsonObject;
  /** Answers the token endpoint; the parameters of the form come along. */
  token(form: URLSearchParams, headers: EgressRequest['headers']): JsonObject | number;
  /** What was asked for, as `METHOD url`, with the form of a POST. */
  readonly asked: { readonly what: string; readonly form: URLSearchParams }[];
}

/** A vault with one service of tenant `ten_a`, in front of a fake authorization server. */
export function oauthWorld(change: Partial<UpstreamOAuth> = {}) {
  const clock = { nowMs: 1_000_000 };
  const now = (): number => clock.nowMs;
  const server = fakeServer();
  const egress = fakeEgress(server);
  const store = memoryVaultStore();
  const vault = new Vault({
    store,
    wrapping: [{ id: 'k1', secret: Buffer.alloc(32, 1) }],
    ring: [{ id: 'k1', secret: Buffer.alloc(32, 1) }],
    tenants: () => Promise.resolve([tenantId('ten_a')]),
    now,
  });
  const service: ConnectedService = {
    tenant: tenantId('ten_a'),
    id: 'svc_1',
    slug: 'calendar',
    title: 'Calendar',
    oauth: { grant: 'authorization_code', resource: RESOURCE, ...change },
    fill: (text) => Promise.resolve(text),
  };
  const connectionStore = memoryConnectionStore(store, now);
  const oauth = new OAuthClient({
    egress,
    vault,
    redirectUri: () => 'https://gw.example/connect/callback',
    metadataUrl: () => undefined,
    now,
  });
  const load = () => Promise.resolve(oauth);
  const shared = { store: connectionStore, vault, oauth: load, changed: () => {}, now };
  const userTokens = () => new UserTokens({ ...shared, renew: createRenew(load, now) });
  const userToken = userTokens();
  const connections = new Connections({
    ...shared,
    tokens: userToken,
    ids: new IdSource(),
    log: silentLog,
    service: (tenant, id) => (tenant === service.tenant && id === service.id ? service : undefined),
    challengeOf: () => Promise.resolve(undefined),
    publicUrl: () => 'https://gw.example',
    made: () => {},
  });
  const world = {
    clock,
    server,
    service,
    vault,
    vaultStore: store,
    store: connectionStore,
    oauth,
    userTokens,
    tokens: userToken,
    connections,
  };
  return { ...world, connect: (user = 'usr_1') => connect(world.connections, service, user) };
}

function fakeServer(): FakeServer {
  let tokens = 0;
  return {
    asked: [],
    metadata: {
      issuer: ISSUER,
      authorization_endpoint: `${ISSUER}/authorize`,
      token_endpoint: `${ISSUER}/token`,
      registration_endpoint: `${ISSUER}/register`,
      revocation_endpoint: `${ISSUER}/revoke`,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    },
    resource: { resource: RESOURCE, authorization_servers: [ISSUER] },
    token: () => {
      tokens++;
      const scope = 'read';
      const fresh = { access_token: `access-${tokens}`, refresh_token: `refresh-${tokens}` };
      return { ...fresh, token_type: 'Bearer', expires_in: 3_600, scope };
    },
  };
}

/** The state that an address of the gateway ends with. */
export function stateIn(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

/** Goes the whole way as the user would: page, authorization server, back. */
async function connect(connections: Connections, service: ConnectedService, user: string) {
  const begun = await connections.begin(testPrincipal({ user }), service);
  const { url, browser } = await connections.depart(stateIn(begun.url));
  const asked = new URL(url);
  const state = asked.searchParams.get('state') ?? '';
  const parameters = new URLSearchParams({ code: 'code-1', state, iss: ISSUER });
  await connections.arrive(parameters, browser);
  return { asked, state, browser, parameters };
}

function fakeEgress(server: FakeServer): Egress {
  return {
    connect: () => Promise.reject(new Error('no connection expected')),
    openWebSocket: () => Promise.reject(new Error('no socket expected')),
    request: (request) => Promise.resolve(answer(server, request)),
  };
}

function answer(server: FakeServer, { url, method, headers, body }: EgressRequest): EgressResponse {
  const form = new URLSearchParams(typeof body === 'string' ? body : '');
  server.asked.push({ what: `${method} ${url}`, form });
  const { origin, pathname } = new URL(url);
  if (pathname.startsWith('/.well-known/oauth-protected-resource')) return json(server.resource);
  if (pathname.startsWith('/.well-known/oauth-authorization-server')) {
    return origin === ISSUER ? json(server.metadata) : json({}, 404);
  }
  if (pathname === '/register') return json({ client_id: 'made', client_secret: 'made-secret' });
  if (pathname === '/revoke') return json({});
  if (pathname === '/token') {
    const given = server.token(form, headers);
    return typeof given === 'number' ? json({ error: 'invalid_grant' }, given) : json(given);
  }
  return json({}, 404);
}

function json(value: JsonObject, status = 200): EgressResponse {
  const bytes = Buffer.from(JSON.stringify(value));
  return {
    status,
    headers: { 'content-type': 'application/json' },
    bytes: () => Promise.resolve(bytes),
    stream: () => {
      throw new Error('not streamed');
    },
    discard: () => {},
  };
}
