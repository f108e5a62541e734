import * as library from 'oauth4webapi';
import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import { clientAuth, type RegisteredClient } from './client.ts';
import { scopesOf } from './challenge.ts';
import { parseJson, type OAuthFetch } from './oauth-http.ts';

/** What an authorization server gave. */
export interface TokenSet {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** What was granted; undefined when it is what was asked for. */
  readonly scopes: readonly string[] | undefined;
  /** Epoch milliseconds; null when nobody said. */
  readonly expiresAtMs: number | null;
}

/** Who asks whom for tokens, and how. */
export interface TokenRequest {
  readonly fetch: OAuthFetch;
  readonly server: library.AuthorizationServer;
  readonly client: RegisteredClient;
  now(): number;
}

/** A grant that the server will not honour any more: asking again is of no use. */
export class GrantRefused extends GatewayError {
  constructor(code: string) {
    super('upstream_failed', `The authorization server gave no token (${code}).`);
    this.name = 'GrantRefused';
  }
}

const LIFE_SECONDS_MAX = 366 * 86_400;

/** Options of every request of the library: the way out, and who decides what is safe. */
function options(fetch: OAuthFetch) {
  return {
    [library.customFetch]: fetch as never,
    // oxlint-disable-next-line typescript/no-deprecated -- addresses were checked before
    [library.allowInsecureRequests]: true,
  };
}

/** Exchanges an authorization code (OAuth 2.1 §4.1.3), with the resource it is for. */
export async function redeemCode(
  { fetch, server, client, now }: TokenRequest,
  callback: { readonly parameters: URLSearchParams; readonly state: string },
  verifier: string,
  resource: string,
): Promise<TokenSet> {
  const { parameters, state } = callback;
  const known = { client_id: client.clientId };
  const checked = library.validateAuthResponse(server, known, parameters, state);
  const response = await library.authorizationCodeGrantRequest(
    server,
    known,
    await clientAuth(client),
    checked,
    client.redirectUri,
    verifier,
    { ...options(fetch), additionalParameters: { resource } },
  );
  return await readTokens(response, now);
}

/** Renews an access token (OAuth 2.1 §4.3). Throws GrantRefused when the user has to come back. */
export async function renewTokens(
  { fetch, server, client, now }: TokenRequest,
  refreshToken: string,
  resource: string,
): Promise<TokenSet> {
  const response = await library.refreshTokenGrantRequest(
    server,
    { client_id: client.clientId },
    await clientAuth(client),
    refreshToken,
    { ...options(fetch), additionalParameters: { resource } },
  );
  const tokens = await readTokens(response, now);
  return { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken };
}

/** Any other grant of the token endpoint, by its name and parameters. */
export async function requestTokens(
  { fetch, server, client, now }: TokenRequest,
  grant: string,
  parameters: Readonly<Record<string, string | undefined>>,
): Promise<TokenSet> {
  const given = Object.entries(parameters).filter((pair): pair is [string, string] => {
    return pair[1] !== undefined && pair[1] !== '';
  });
  const response = await library.genericTokenEndpointRequest(
    server,
    { client_id: client.clientId },
    await clientAuth(client),
    grant,
    Object.fromEntries(given),
    options(fetch),
  );
  return await readTokens(response, now);
}

/** Revokes a token (RFC 7009); false when the server has no way to. */
export async function revokeToken(
  { fetch, server, client }: TokenRequest,
  token: string,
  hint: 'refresh_token' | 'access_token',
): Promise<boolean> {
  if (server.revocation_endpoint === undefined) return false;
  const response = await library.revocationRequest(
    server,
    { client_id: client.clientId },
    await clientAuth(client),
    token,
    { ...options(fetch), additionalParameters: { token_type_hint: hint } },
  );
  return response.status === 200;
}

/**
 * Reads an answer without what real servers get wrong: a token type of their own, a lifetime that
 * is no number. An ID token is not read: nobody is logged in by it.
 */
async function readTokens(response: Response, now: () => number): Promise<TokenSet> {
  const answer = parseJson(await response.text());
  const { access_token: token, refresh_token: refresh, scope, error } = answer ?? {};
  if (response.status !== 200 || typeof token !== 'string') {
    const code = typeof error === 'string' ? error.slice(0, 64) : `HTTP ${response.status}`;
    if (response.status >= 500 || response.status === 429) {
      const text = `The authorization server is not able to answer (${code}).`;
      throw new GatewayError('upstream_unavailable', text);
    }
    throw new GrantRefused(code.replaceAll(/[^\w .-]/g, '?'));
  }
  if (!/^[\u0021-\u007e]+$/.test(token) || token.length > limits.tokenLengthMax) {
    throw new GrantRefused('a token that cannot be sent');
  }
  const seconds = Math.min(Number(answer?.['expires_in'] ?? Number.NaN), LIFE_SECONDS_MAX);
  return {
    accessToken: token,
    refreshToken: typeof refresh === 'string' && refresh !== '' ? refresh : undefined,
    scopes: typeof scope === 'string' ? scopesOf(scope) : undefined,
    expiresAtMs: Number.isFinite(seconds) ? now() + Math.max(0, seconds) * 1_000 : null,
  };
}
