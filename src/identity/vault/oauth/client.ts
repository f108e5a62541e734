import { importPKCS8 } from 'jose';
import * as library from 'oauth4webapi';
import { GatewayError } from '../../../kernel/errors.ts';
import { stringMember } from '../../../kernel/json.ts';
import type { OAuthClientSettings } from '../../../kernel/oauth/upstream-oauth.ts';
import { parseJson, type OAuthFetch } from './oauth-http.ts';

/** The gateway as one authorization server knows it; never shown to another. */
export interface RegisteredClient {
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly method: ClientMethod;
  readonly redirectUri: string;
  /** Epoch milliseconds; absent for a registration without an end. */
  readonly expiresAtMs?: number | undefined;
}

/** How a client proves that it is itself (RFC 7591 §2). */
export type ClientMethod =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'private_key_jwt'
  | 'none';

/** Signs a client assertion with this algorithm; the key decides which. */
const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA', 'ES384', 'ES512'] as const;

/** The client as the settings give it, its secrets filled in. */
export function preregistered(
  settings: OAuthClientSettings & { readonly clientId: string },
  server: library.AuthorizationServer,
  redirectUri: string,
): RegisteredClient {
  const { clientId, clientSecret, privateKey } = settings;
  const isKey = privateKey !== undefined;
  const method = isKey ? 'private_key_jwt' : methodOf(server, clientSecret !== undefined);
  return { clientId, clientSecret, privateKey, method, redirectUri };
}

/** Registers the gateway (RFC 7591). Throws GatewayError. */
export async function register(
  fetch: OAuthFetch,
  server: library.AuthorizationServer,
  redirectUri: string,
): Promise<RegisteredClient> {
  const { registration_endpoint: url } = server;
  if (url === undefined) {
    throw new GatewayError(
      'invalid_configuration',
      'The authorization server registers no clients; give the service a clientId and its issuer.',
    );
  }
  const wanted = methodOf(server, supports(server, 'client_secret_basic', 'client_secret_post'));
  const body = JSON.stringify(clientMetadata(redirectUri, wanted));
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body });
  const answer = parseJson(await response.text());
  const clientId = stringMember(answer, 'client_id');
  if (response.status >= 300 || clientId === undefined) {
    const text = `The authorization server did not register the gateway (HTTP ${response.status}).`;
    throw new GatewayError('upstream_failed', text);
  }
  const clientSecret = stringMember(answer, 'client_secret');
  const named = stringMember(answer, 'token_endpoint_auth_method');
  const method = isMethod(named) ? named : methodOf(server, clientSecret !== undefined);
  const ends = Number(answer?.['client_secret_expires_at'] ?? 0);
  const expiresAtMs = ends > 0 ? ends * 1_000 : undefined;
  const isSecret = method !== 'none' && clientSecret !== undefined;
  const registered = { clientId, clientSecret, redirectUri, expiresAtMs };
  return { ...registered, method: isSecret ? method : 'none' };
}

/** What the gateway says of itself (RFC 7591 §2; also its client id metadata document). */
export function clientMetadata(redirectUri: string, method: ClientMethod) {
  const isLocal = redirectUri.startsWith('http:');
  return {
    client_name: 'MCP Gateway',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: method,
    application_type: isLocal ? 'native' : 'web',
  };
}

/** How the library proves that the gateway is this client. */
export async function clientAuth(client: RegisteredClient): Promise<library.ClientAuth> {
  const { method, clientId, clientSecret = '', privateKey } = client;
  switch (method) {
    case 'none':
      return library.None();
    case 'client_secret_post':
      return library.ClientSecretPost(clientSecret);
    case 'private_key_jwt':
      return library.PrivateKeyJwt(await signingKey(privateKey ?? ''));
    default:
      // `-`, `_` and the like are not encoded, for the sake of servers that do not decode.
      return (_server, _client, _body, headers) => {
        const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
        headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
      };
  }
}

async function signingKey(pem: string): Promise<library.CryptoKey> {
  for (const algorithm of ALGORITHMS) {
    try {
      return await importPKCS8(pem, algorithm);
    } catch {
      // A key of another kind; the next algorithm may be its own.
    }
  }
  const text = 'The privateKey of a credential is not a private key in PKCS #8 (PEM).';
  throw new GatewayError('invalid_configuration', text);
}

function methodOf(server: library.AuthorizationServer, hasSecret: boolean): ClientMethod {
  if (!hasSecret) return 'none';
  return supports(server, 'client_secret_basic') ? 'client_secret_basic' : 'client_secret_post';
}

/** A server that does not say takes what RFC 8414 §2 has as the default. */
function supports(server: library.AuthorizationServer, ...methods: readonly string[]): boolean {
  const { token_endpoint_auth_methods_supported: listed = ['client_secret_basic'] } = server;
  return listed.some((method) => methods.includes(method));
}

function isMethod(text: string | undefined): text is ClientMethod {
  return text === 'client_secret_basic' || text === 'client_secret_post' || text === 'none';
}
