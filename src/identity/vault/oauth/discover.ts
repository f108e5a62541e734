import type { AuthorizationServer } from 'oauth4webapi';
import { GatewayError } from '../../../kernel/errors.ts';
import { stringMember, type JsonObject } from '../../../kernel/json.ts';
import type { UpstreamOAuth } from '../../../kernel/oauth/upstream-oauth.ts';
import type { Challenge } from './challenge.ts';
import { fetchJson, type OAuthFetch } from './oauth-http.ts';
import { oauthUrl } from './oauth-url.ts';

/** What there is to know before a token can be asked for. */
export interface AuthorizationTarget {
  readonly server: AuthorizationServer;
  /** The resource as it names itself. */
  readonly resource: string;
  /** What the resource says it takes; empty when it does not say. */
  readonly scopesSupported: readonly string[];
}

/**
 * Finds the authorization server of a service: the resource's metadata (RFC 9728) name it, its own
 * metadata (RFC 8414, then OpenID Connect Discovery) say the rest. Throws GatewayError.
 */
export async function discoverTarget(
  fetch: OAuthFetch,
  oauth: UpstreamOAuth,
  challenge: Challenge,
): Promise<AuthorizationTarget> {
  if (oauth.issuer !== undefined && oauth.tokenUrl !== undefined) {
    const server = { issuer: oauth.issuer, token_endpoint: oauth.tokenUrl };
    return { server, resource: oauth.resource, scopesSupported: [] };
  }
  const metadata = await resourceMetadata(fetch, oauth.resource, challenge.resourceMetadata);
  const listed = metadata?.['authorization_servers'];
  const [first] = Array.isArray(listed) ? (listed as readonly unknown[]) : [];
  // Services of 2025-03-26 have no metadata: they are their own authorization server.
  const fallback = metadata === undefined ? new URL(oauth.resource).origin : undefined;
  const issuer = oauth.issuer ?? (typeof first === 'string' ? first : fallback);
  if (issuer === undefined) throw refused('The service names no authorization server.');
  return {
    server: await discoverServer(fetch, issuer),
    resource: stringMember(metadata, 'resource') ?? oauth.resource,
    scopesSupported: texts(metadata?.['scopes_supported']),
  };
}

/**
 * The metadata of the authorization server of this issuer, whose endpoints are fit to be used.
 * Throws GatewayError, above all when the metadata are another issuer's.
 */
export async function discoverServer(
  fetch: OAuthFetch,
  issuer: string,
): Promise<AuthorizationServer> {
  for (const url of metadataUrls(oauthUrl(issuer, 'issuer'))) {
    const found = await fetchJson(fetch, url);
    if (found === undefined) continue;
    // By exact string: anything else would let one server speak for another (RFC 8414 §3.3).
    if (found['issuer'] !== issuer) {
      throw refused('The metadata of the authorization server are those of another issuer.');
    }
    for (const [name, value] of Object.entries(found)) {
      if (name.endsWith('_endpoint') || name === 'jwks_uri') oauthUrl(value, name);
    }
    if (found['token_endpoint'] === undefined) throw refused('It has no token endpoint.');
    return found as unknown as AuthorizationServer;
  }
  throw refused('The authorization server publishes no metadata.');
}

/** In the order of the specification (basic/authorization, "Authorization Server Metadata"). */
function metadataUrls(issuer: URL): readonly URL[] {
  const path = issuer.pathname.replace(/\/$/, '');
  const names = ['oauth-authorization-server', 'openid-configuration'];
  const inserted = names.map((name) => new URL(`/.well-known/${name}${path}`, issuer));
  if (path === '') return inserted;
  return [...inserted, new URL(`${path}/.well-known/openid-configuration`, issuer)];
}

/** The resource's metadata, from where its challenge says or from where they have to be. */
async function resourceMetadata(
  fetch: OAuthFetch,
  resource: string,
  named: string | undefined,
): Promise<JsonObject | undefined> {
  const url = new URL(resource);
  const path = url.pathname.replace(/\/$/, '');
  const root = new URL('/.well-known/oauth-protected-resource', url);
  const inserted = new URL(`/.well-known/oauth-protected-resource${path}`, url);
  const places = named === undefined ? [inserted, root] : [oauthUrl(named, 'resource metadata')];
  for (const place of new Map(places.map((one) => [one.href, one])).values()) {
    const found = await fetchJson(fetch, place);
    if (found === undefined) continue;
    if (!stands(found['resource'], url)) {
      throw refused('The metadata of the service are those of another resource.');
    }
    return found;
  }
  return undefined;
}

/** True when the named resource is the service's address or above it on the same origin. */
function stands(named: unknown, service: URL): boolean {
  const url = typeof named === 'string' ? URL.parse(named) : null;
  if (url === null || url.origin !== service.origin || url.hash !== '') return false;
  const path = url.pathname.replace(/\/$/, '');
  return service.pathname === path || `${service.pathname}/`.startsWith(`${path}/`);
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

function refused(text: string): GatewayError {
  return new GatewayError('upstream_failed', text);
}
