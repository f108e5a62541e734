import { limits } from '../../kernel/limits.ts';
import { permissionNames } from '../../kernel/permissions.ts';

/** The scope that lets a client use whatever its user may use at an endpoint. */
export const USE_SCOPE = 'mcp';

/** Something a token may be made for (RFC 9728): one endpoint, the control plane, or all of it. */
export interface ProtectedResource {
  /** Below the gateway's base URL, without a slash at the end; empty for the gateway itself. */
  readonly path: string;
  /** The least that a client needs here. */
  readonly scopes: readonly string[];
  /** Whether a token for this resource may carry the scope. */
  mayCarry(scope: string): boolean;
}

const SLUG = '[a-z0-9]+(?:-[a-z0-9]+)*';
const ENDPOINT = new RegExp(`^/(?:mcp|sse|ws)(?:/(bundles/)?(${SLUG}))?$`);
const SERVICE_SCOPE = new RegExp(`^${USE_SCOPE}:(${SLUG})$`);

/** The data plane has scopes of its own, which say what of it. */
const controlScopes = [USE_SCOPE, ...permissionNames.filter((name) => name !== 'mcp.use')];
const permissions: ReadonlySet<string> = new Set(controlScopes);

/**
 * The resource at a path of the gateway, or undefined when tokens are made for no such path.
 * Whether the service or bundle exists is not asked: the answer must not tell.
 */
export function findResource(path: string): ProtectedResource | undefined {
  if (path === '/api') {
    return { path, scopes: controlScopes, mayCarry: isAnyScope };
  }
  if (path === '' || path === '/sessions') {
    return { path, scopes: [USE_SCOPE], mayCarry: isAnyScope };
  }
  const [whole, bundles, slug] = ENDPOINT.exec(path) ?? [];
  if (whole === undefined || (slug?.length ?? 0) > limits.slugLengthMax) return undefined;
  if (slug === undefined || bundles !== undefined) {
    return { path, scopes: [USE_SCOPE], mayCarry: isUseScope };
  }
  const own = serviceScope(slug);
  return { path, scopes: [own], mayCarry: (scope) => scope === USE_SCOPE || scope === own };
}

/** The scope for one service. */
export function serviceScope(slug: string): string {
  return `${USE_SCOPE}:${slug}`;
}

/** The service that a scope is for, or undefined when it is a scope of another kind. */
export function serviceOfScope(scope: string): string | undefined {
  const slug = SERVICE_SCOPE.exec(scope)?.[1];
  return slug === undefined || slug.length > limits.slugLengthMax ? undefined : slug;
}

/** The document of a resource (RFC 9728 §2); `offline_access` is no scope of a resource. */
export function resourceMetadata(
  { path, scopes }: ProtectedResource,
  baseUrl: string,
  authorizationServers: readonly string[],
): Readonly<Record<string, unknown>> {
  return {
    resource: `${baseUrl}${path}`,
    authorization_servers: authorizationServers,
    scopes_supported: scopes,
    bearer_methods_supported: ['header'],
    resource_name: 'MCP Gateway',
  };
}

/** Where the document of the resource at this path is. */
export function resourceMetadataUrl(baseUrl: string, path: string): string {
  return `${baseUrl}/.well-known/oauth-protected-resource${path}`;
}

/**
 * The path of the resource that a client names in `resource` (RFC 8707), or undefined when it is
 * none of this gateway. Case of scheme and host do not matter (RFC 3986 §6.2.2.1), anything else
 * does; only the gateway itself may end in a slash, for it has no path that could.
 */
export function resourcePath(resource: string, baseUrl: string): string | undefined {
  const url = URL.parse(resource);
  const base = new URL(baseUrl);
  const [, path = '/'] = /^https?:\/\/[^/?#@\\]+(\/[^?#]*)?$/i.exec(resource) ?? [];
  // Dots and escapes that the parser resolved would make two names of one resource.
  if (url === null || url.origin !== base.origin || url.pathname !== path) return undefined;
  const basePath = base.pathname.replace(/\/+$/, '');
  if (!path.startsWith(basePath)) return undefined;
  const below = path.slice(basePath.length);
  const known = findResource(below === '/' ? '' : below);
  return known?.path;
}

function isUseScope(scope: string): boolean {
  return scope === USE_SCOPE || serviceOfScope(scope) !== undefined;
}

function isAnyScope(scope: string): boolean {
  return isUseScope(scope) || permissions.has(scope);
}
