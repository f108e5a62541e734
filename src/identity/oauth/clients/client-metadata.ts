import { isJsonObject, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';

/** A client's metadata (RFC 7591) as the gateway takes it, or what is wrong with it. */
export type CheckedMetadata =
  | { readonly metadata: JsonObject }
  | { readonly error: 'invalid_redirect_uri' | 'invalid_client_metadata'; readonly text: string };

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
/** Everything else a client may say of itself is of no use here. */
const KEPT = ['client_id', 'client_name', 'client_uri', 'logo_uri', 'jwks', 'jwks_uri'];
const AUTH_METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'];
const GRANTS = ['authorization_code', 'refresh_token'];

/**
 * Checks what a client says of itself and keeps what is used. Redirect URIs must be https:, http:
 * on this computer (RFC 8252 §7.3), or of a scheme of the client's own; scopes are not registered,
 * for they are agreed on at every consent.
 */
export function checkClientMetadata(given: unknown): CheckedMetadata {
  if (!isJsonObject(given)) return invalid('The metadata must be a JSON object.');
  const name = given['client_name'];
  const isNamed = typeof name === 'string' && name.trim() !== '';
  if (name !== undefined && (!isNamed || name.length > limits.titleLengthMax)) {
    return invalid(`client_name must be a text of 1 to ${limits.titleLengthMax} characters.`);
  }
  const uris = given['redirect_uris'];
  if (!isUris(uris)) {
    const text = `redirect_uris must list 1 to ${limits.oauthRedirectUrisMax} URIs.`;
    return { error: 'invalid_redirect_uri', text };
  }
  const wrong = uris.find((uri) => !isRedirectUri(uri));
  if (wrong !== undefined) {
    const text =
      'A redirect URI must be https:, http: on localhost, or of a scheme of your own, without #.';
    return { error: 'invalid_redirect_uri', text };
  }
  const method = given['token_endpoint_auth_method'] ?? 'client_secret_basic';
  if (typeof method !== 'string' || !AUTH_METHODS.includes(method)) {
    return invalid(`token_endpoint_auth_method must be one of ${AUTH_METHODS.join(', ')}.`);
  }
  const kept = Object.fromEntries(
    KEPT.flatMap((key) => (given[key] === undefined ? [] : [[key, given[key]] as const])),
  );
  const metadata: JsonObject = {
    ...kept,
    redirect_uris: [...uris],
    token_endpoint_auth_method: method,
    application_type: applicationType(given['application_type'], uris),
    response_types: ['code'],
    grant_types: grantTypes(given['grant_types']),
  };
  return { metadata };
}

/** True for a URI that leads to a program on the person's own computer. */
export function isLoopback(uri: string): boolean {
  const url = URL.parse(uri);
  return url?.protocol === 'http:' && LOOPBACK.has(url.hostname);
}

/** Only a https: address says who a client is: anybody can listen on a port, or take a scheme. */
export function isAssured(uri: string): boolean {
  return URL.parse(uri)?.protocol === 'https:';
}

function isUris(value: unknown): value is readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  return (
    value.length <= limits.oauthRedirectUrisMax && value.every((uri) => typeof uri === 'string')
  );
}

function isRedirectUri(uri: string): boolean {
  const url = URL.parse(uri);
  // What the parser repairs is read differently elsewhere.
  if (url === null || uri.length > limits.oauthRedirectUriLengthMax) return false;
  if (/[\s\\#\p{Cc}]/u.test(uri) || url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'https:') return url.hostname !== '';
  if (url.protocol === 'http:') return LOOPBACK.has(url.hostname);
  // A scheme of the client's own: what browsers run, show or hand to the system is none.
  return !REFUSED.has(url.protocol) && /^[a-z][a-z0-9+.-]{2,}:/i.test(uri);
}

const REFUSED = new Set(
  ['javascript', 'vbscript', 'data', 'file', 'blob', 'about', 'filesystem', 'view-source', 'chrome']
    .concat([
      'ws',
      'wss',
      'ftp',
      'mailto',
      'tel',
      'sms',
      'intent',
      'jar',
      'resource',
      'urn',
      'ms-msdt',
    ])
    .map((scheme) => `${scheme}:`),
);

/** A client that does not say what it is, is what its redirect URIs show. */
function applicationType(given: unknown, uris: readonly string[]): string {
  if (given === 'web' || given === 'native') return given;
  return uris.every(isAssured) ? 'web' : 'native';
}

function grantTypes(given: unknown): string[] {
  const wanted: readonly unknown[] = Array.isArray(given) ? given : [];
  return GRANTS.filter((type) => type === 'authorization_code' || wanted.includes(type));
}

function invalid(text: string): CheckedMetadata {
  return { error: 'invalid_client_metadata', text };
}
