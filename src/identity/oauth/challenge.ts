import { GatewayError } from '../../kernel/errors.ts';
import { findResource, resourceMetadataUrl } from './protected-resource.ts';
import { scopesFor } from './scope-limits.ts';

/** Where a request arrived, as its client sees it. */
export interface ResourcePlace {
  /** The gateway's own URL, without a slash at the end. */
  readonly baseUrl: string;
  /** The path of the resource that the request is for. */
  readonly path: string;
  /** The permission that the operation needs, where it is known before the caller is. */
  readonly permission?: string;
}

/**
 * The `WWW-Authenticate` of an error (RFC 6750 §3, RFC 9728 §5.1): where a client learns how to get
 * a token, and the scopes of the operation, all at once. Undefined when a token would not help.
 */
export function challengeOf(error: unknown, place: ResourcePlace): string | undefined {
  if (!(error instanceof GatewayError)) return undefined;
  const metadata = `resource_metadata="${resourceMetadataUrl(place.baseUrl, place.path)}"`;
  const least = findResource(place.path)?.scopes ?? [];
  if (error.code === 'unauthenticated') {
    const { permission } = place;
    const scopes = permission === undefined ? least : scopesFor(permission, least);
    return `Bearer ${metadata}, scope="${scopes.join(' ')}"`;
  }
  if (error.code !== 'forbidden' || error.permission === undefined) return undefined;
  const scope = scopesFor(error.permission, least).join(' ');
  return `Bearer error="insufficient_scope", scope="${scope}", ${metadata}`;
}
