import type {
  Adapter,
  Configuration,
  errors,
  interactionPolicy,
  KoaContextWithOIDC,
  Provider,
} from 'oidc-provider';
import { limits } from '../../../kernel/limits.ts';
import { findResource, resourcePath } from '../protected-resource.ts';
import type { ClientDocuments } from './client-documents.ts';
import { scopesOf } from './interactions.ts';
import { problemPage } from './pages/problem-page.ts';
import type { OAuthPeople, ProviderKeys } from './ports.ts';
import { readGrantReference } from './grant-reference.ts';
import { registeredId } from './registration.ts';

/** What the provider's settings are made from. */
export interface SettingsOptions {
  readonly baseUrl: string;
  readonly keys: ProviderKeys['keys'];
  readonly cookieKeys: readonly string[];
  readonly people: Pick<OAuthPeople, 'get'>;
  readonly registers: boolean;
  tokenIssuer(): string;
  readonly documents: ClientDocuments;
  adapter(kind: string): Adapter;
  loadGrant(context: KoaContextWithOIDC): Promise<InstanceType<Provider['Grant']> | undefined>;
  readonly library: {
    readonly errors: typeof errors;
    readonly interactionPolicy: typeof interactionPolicy;
  };
}

const ALGORITHM = 'EdDSA';
const SECOND_MS = 1_000;

/**
 * The settings that make the provider an OAuth 2.1 server for MCP clients: codes with PKCE S256 and
 * nothing else, audiences by resource indicators, and pages of the gateway's own.
 */
export function providerSettings(options: SettingsOptions): Configuration {
  const { baseUrl, keys, people, documents } = options;
  const { protocol, pathname } = new URL(baseUrl);
  const cookie = {
    httpOnly: true,
    sameSite: 'lax' as const,
    secure: protocol === 'https:',
    path: pathname,
    signed: true,
  };
  return {
    adapter: options.adapter,
    jwks: { keys: keys.map((key) => ({ ...key })) } as never,
    scopes: ['openid'],
    responseTypes: ['code'],
    pkce: { required: () => true },
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    clientDefaults: {
      grant_types: ['authorization_code'],
      response_types: ['code'],
      id_token_signed_response_alg: ALGORITHM,
    },
    enabledJWA: {
      idTokenSigningAlgValues: [ALGORITHM],
      clientAuthSigningAlgValues: ['ES256', 'EdDSA', 'PS256', 'RS256'],
    },
    cookies: {
      keys: [...options.cookieKeys],
      names: { session: 'mgw_oauth', interaction: 'mgw_oauth_step', resume: 'mgw_oauth_resume' },
      long: cookie,
      short: cookie,
    },
    routes,
    ttl: {
      AccessToken: limits.accessTokenMs / SECOND_MS,
      AuthorizationCode: limits.oauthCodeMs / SECOND_MS,
      Grant: limits.oauthGrantMs / SECOND_MS,
      IdToken: limits.accessTokenMs / SECOND_MS,
      Interaction: limits.oauthInteractionMs / SECOND_MS,
      RefreshToken: limits.oauthGrantMs / SECOND_MS,
      Session: limits.oauthBrowserMs / SECOND_MS,
    },
    features: features(options),
    interactions: {
      url: (_context, { uid }) => `${baseUrl}/oauth/interaction/${uid}`,
      policy: interactionsPolicy(options),
    },
    findAccount: async (_context, userId) => {
      const person = await people.get(userId);
      if (person === undefined) return undefined;
      return { accountId: userId, claims: () => Promise.resolve({ sub: userId }) };
    },
    loadExistingGrant: options.loadGrant,
    issueRefreshToken: (_context, client) =>
      Promise.resolve(client.grantTypeAllowed('refresh_token')),
    // Rotation is a step after the provider's own, so that several instances can do it at once.
    rotateRefreshToken: false,
    // Tokens live as long as their grant, not as long as a browser.
    expiresWithSession: () => Promise.resolve(false),
    clientBasedCORS: () => true,
    fetch: documents.fetch,
    formats: { customizers: { jwt: createClaims(options) } },
    renderError: showProblem,
  } as Configuration;
}

/** What goes wrong before the client may be answered is shown to the person. */
function showProblem(
  context: KoaContextWithOIDC,
  out: { readonly error: string; readonly error_description?: string | undefined },
): void {
  const detail = out.error_description ?? '';
  const { status, html, headers } = problemPage(context.status, `${out.error}: ${detail}`);
  context.status = status;
  context.set(headers as Record<string, string>);
  context.body = html;
}

const routes = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  registration: '/oauth/register',
  revocation: '/oauth/revoke',
  jwks: '/oauth/jwks',
  end_session: '/oauth/end-session',
};

function features(options: SettingsOptions): NonNullable<Configuration['features']> {
  const { documents } = options;
  return {
    devInteractions: { enabled: false },
    userinfo: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    dPoP: { enabled: false },
    registration: {
      enabled: options.registers,
      initialAccessToken: false,
      issueRegistrationAccessToken: false,
      idFactory: (context: KoaContextWithOIDC) => registeredId(context.oidc.body),
    },
    revocation: {
      enabled: true,
      allowedPolicy: (_context, client, token) => client.clientId === token.clientId,
    },
    clientIdMetadataDocument: {
      enabled: true,
      ack: 'draft-02',
      allowFetch: (_context: KoaContextWithOIDC, url: string) => documents.mayFetch(url),
      cacheDuration: { min: 60, max: 3_600 },
    },
    resourceIndicators: {
      enabled: true,
      // A client of before resource indicators means the endpoint with everything.
      defaultResource: () => `${options.baseUrl}/mcp`,
      useGrantedResource: () => true,
      getResourceServerInfo: (context, resource) => resourceServer(options, context, resource),
    },
  };
}

/** The resource server behind a resource parameter. Throws the provider's `invalid_target`. */
function resourceServer(
  { baseUrl, library }: SettingsOptions,
  { oidc }: KoaContextWithOIDC,
  resource: string,
) {
  const path = resourcePath(resource, baseUrl);
  const known = path === undefined ? undefined : findResource(path);
  if (known === undefined) {
    throw new library.errors.InvalidTarget('resource is no endpoint of this gateway');
  }
  const { AuthorizationCode, RefreshToken } = oidc.entities;
  const params = oidc.params ?? {};
  const asked = scopesOf(params['scope']);
  // Who asks for nothing that means something here is asked to consent to the least.
  const isVague = asked.every((scope) => OPENID_SCOPES.has(scope));
  if (oidc.route === 'authorization' && isVague) {
    params['scope'] = [...asked, ...known.scopes].join(' ');
  }
  const all = [
    ...scopesOf(params['scope']),
    ...scopesOf(AuthorizationCode?.scope),
    ...scopesOf(RefreshToken?.scope),
  ];
  return {
    scope: [...new Set(all)].filter((scope) => known.mayCarry(scope)).join(' '),
    audience: `${baseUrl}${known.path}`,
    accessTokenTTL: limits.accessTokenMs / SECOND_MS,
    accessTokenFormat: 'jwt' as const,
    jwt: { sign: { alg: ALGORITHM as 'EdDSA' } },
  };
}

const OPENID_SCOPES = new Set(['openid', 'offline_access', 'profile', 'email']);

/**
 * Tenant and grant, as every access token of the gateway names them; and the gateway by the one URL
 * that admission knows it by, whatever name of it a client on the same computer asked.
 */
function createClaims({ baseUrl, tokenIssuer }: SettingsOptions) {
  return (
    _context: KoaContextWithOIDC,
    token: { readonly grantId?: string },
    { payload }: { readonly payload: Record<string, unknown> },
  ): void => {
    const name = readGrantReference(token.grantId ?? '');
    if (name === undefined) throw new Error('An access token needs a grant.');
    const path = String(payload['aud']).slice(baseUrl.length);
    payload['iss'] = tokenIssuer();
    payload['aud'] = `${tokenIssuer()}${path}`;
    payload['tid'] = name.tenant;
    payload['gid'] = name.id;
  };
}

/** Signing in is asked for again when the person of the browser's session is not one any more. */
function interactionsPolicy({ library }: SettingsOptions) {
  const { base, Check } = library.interactionPolicy;
  const policy = base();
  const isGone = new Check('no_account', 'the account cannot be used', (context) => {
    const { account, session } = context.oidc;
    return session?.accountId !== undefined && account === undefined;
  });
  policy.get('login')?.checks.add(isGone);
  return policy;
}
