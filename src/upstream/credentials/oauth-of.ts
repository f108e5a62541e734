import { isJsonObject, stringMember, type Json, type JsonObject } from '../../kernel/json.ts';
import type { UpstreamOAuth } from '../../kernel/oauth/upstream-oauth.ts';
import { serviceCredential, type ServiceCredential } from './service-credential.ts';

const grants = {
  clientCredentials: 'client_credentials',
  authorizationCode: 'authorization_code',
  tokenExchange: 'token_exchange',
  identityAssertion: 'identity_assertion',
} as const;

/** Where a configuration may say what the service's address is, the surest first. */
const ADDRESSES = ['url', 'endpoint', 'baseUrl', 'document'] as const;

/**
 * How tokens for a service are got, whatever its kind; undefined when it wants none. `credentials`
 * is one credential, or several by the names of the schemes they are for.
 */
export function oauthOf(config: JsonObject): UpstreamOAuth | undefined {
  const { credentials } = config;
  if (!isJsonObject(credentials)) return undefined;
  const several = Object.values(credentials) as readonly Json[];
  for (const one of [credentials, ...several]) {
    const parsed = serviceCredential.safeParse(one);
    const found = parsed.success ? toOAuth(parsed.data, addressOf(config)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function toOAuth(one: ServiceCredential, address: string): UpstreamOAuth | undefined {
  if (!('clientId' in one || one.type in grants)) return undefined;
  const {
    type,
    resource = address,
    ...rest
  } = one as Extract<ServiceCredential, { scopes?: unknown }>;
  if (resource === '') return undefined;
  return { ...rest, grant: grants[type], resource };
}

function addressOf(config: JsonObject): string {
  for (const name of ADDRESSES) {
    const url = URL.parse(stringMember(config, name) ?? '');
    if (url === null) continue;
    url.hash = '';
    return url.href.replace(/^ws/, 'http');
  }
  return '';
}
