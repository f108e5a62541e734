import { GatewayError } from '../../kernel/errors.ts';
import type { JsonBytes } from '../../kernel/json-bytes.ts';
import { limits } from '../../kernel/limits.ts';

/** What a service says of how long and by whom its result may be kept. */
export interface CacheHints {
  /** From 0 to `limits.cacheTtlMsMax`. */
  readonly ttlMs: number;
  readonly isPublic: boolean;
  /** The result without `ttlMs`, its `cacheScope` one of the two that there are. */
  readonly rest: JsonBytes;
}

/**
 * Reads the hints without parsing the result. What makes no sense counts as the safest: not to be
 * kept, not to be shared (server/utilities/caching). Throws GatewayError `upstream_failed` on
 * broken JSON.
 */
export function readCacheHints(result: JsonBytes): CacheHints {
  const ttlMs = clampTtl(memberOf(result, 'ttlMs'));
  const scope = memberOf(result, 'cacheScope');
  const isPublic = scope === 'public';
  const isKnown = isPublic || scope === 'private';
  const rest = result.withoutMembers(isKnown ? ['ttlMs'] : ['ttlMs', 'cacheScope']);
  return { ttlMs, isPublic, rest: isKnown ? rest : rest.withMember('cacheScope', '"private"') };
}

/** The result with the time it is fresh for. */
export function withTtl(rest: JsonBytes, ttlMs: number): JsonBytes {
  return rest.withMember('ttlMs', String(ttlMs));
}

function clampTtl(value: unknown): number {
  if (typeof value !== 'number' || !(value > 0)) return 0;
  return Math.floor(Math.min(value, limits.cacheTtlMsMax));
}

function memberOf(result: JsonBytes, name: string): unknown {
  try {
    return result.member(name);
  } catch (cause) {
    throw new GatewayError('upstream_failed', 'The service answered with broken JSON.', { cause });
  }
}
