import type { Bus } from '../../kernel/bus.ts';
import { GatewayError, type ErrorCode } from '../../kernel/errors.ts';
import { isJsonObject, stringMember } from '../../kernel/json.ts';
import type { JsonBytes } from '../../kernel/json-bytes.ts';
import { limits } from '../../kernel/limits.ts';
import type { CompleteOutcome, McpOutcome } from '../../mcp/message.ts';
import type { Permitted, UpstreamTarget } from '../exchange.ts';
import type { Filter, Forward } from '../filter.ts';
import { readCacheHints, withTtl } from './cache-hints.ts';
import { cacheKeys, type CacheKeys } from './cache-key.ts';
import { EntryStore, type CacheEntry } from './entry-store.ts';

/**
 * Results that services may let others keep, and the list each of them is part of. What a service
 * says of itself is kept by the catalog.
 */
const KEPT_METHODS: ReadonlyMap<string, 'tools' | 'prompts' | 'resources' | undefined> = new Map([
  ['tools/list', 'tools'],
  ['prompts/list', 'prompts'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resources'],
  ['resources/read', undefined],
]);
/** Failures of a service in whose place an older result is better than none. */
const OUTAGES: ReadonlySet<ErrorCode> = new Set([
  'upstream_failed',
  'upstream_unavailable',
  'upstream_timeout',
]);
const STALE_META = 'mcp-gateway/stale';

/**
 * Keeps results for as long as their service says, for those it says (2026-07-28
 * server/utilities/caching). A request gets here only after it was authorized, so what is shared
 * is shared among those who may ask.
 */
export class ResultCache {
  readonly #entries: EntryStore;
  readonly #now: () => number;
  /** Grows with everything that is dropped: what was asked for before is not kept after. */
  #generation = 0;

  constructor(bus: Bus, entries: EntryStore = new EntryStore(), now: () => number = Date.now) {
    this.#entries = entries;
    this.#now = now;
    bus.on('service.changed', ({ serviceId }) => this.#drop(serviceId, () => true));
    bus.on('connection.changed', ({ serviceId }) => this.#drop(serviceId, () => true));
    bus.on('catalog.changed', ({ serviceId, lists }) => {
      this.#drop(serviceId, ({ method }) => {
        const list = KEPT_METHODS.get(method);
        return list !== undefined && lists.includes(list);
      });
    });
    bus.on('resource.updated', ({ serviceId, uri }) => {
      this.#drop(serviceId, (entry) => entry.uri !== undefined && concerns(uri, entry.uri));
    });
  }

  /** Goes around forwarding; requests whose results are never kept pass straight through. */
  readonly filter: Filter = {
    concerns: ({ target, request }) =>
      target.kind === 'upstream' && KEPT_METHODS.has(request.method),
    needsWhole: () => true,
    filter: (permitted, next) => {
      const { target } = permitted;
      return target.kind === 'upstream' ? this.#answer(permitted, target, next) : next(permitted);
    },
  };

  async #answer(permitted: Permitted, target: UpstreamTarget, next: Forward): Promise<McpOutcome> {
    const keys = cacheKeys(permitted, target);
    const known = keys && (this.#entries.get(keys.own) ?? this.#entries.get(keys.shared));
    const freshMs = known === undefined ? 0 : known.freshUntilMs - this.#now();
    if (known !== undefined && freshMs > 0) return cached(withTtl(known.result, freshMs));
    const generation = this.#generation;
    let outcome: McpOutcome;
    try {
      outcome = await next(permitted);
    } catch (error) {
      const isUsable = known !== undefined && freshMs > -limits.cacheStaleMs;
      const isOutage = error instanceof GatewayError && OUTAGES.has(error.code);
      // Dropped meanwhile means it is known to be wrong, not merely old.
      if (!isUsable || !isOutage || generation !== this.#generation) throw error;
      return cached(withTtl(markedStale(known.result), 0));
    }
    if (outcome.resultType !== 'complete') return outcome;
    return this.#keep(outcome, generation, permitted, target, keys);
  }

  #keep(
    { result }: CompleteOutcome,
    generation: number,
    { request }: Permitted,
    { live, params }: UpstreamTarget,
    keys: CacheKeys | undefined,
  ): CompleteOutcome {
    const { ttlMs, isPublic, rest } = readCacheHints(result);
    const isSmall = rest.bytes.length <= limits.cacheEntryBytesMax;
    if (keys !== undefined && ttlMs > 0 && isSmall && generation === this.#generation) {
      const entry: CacheEntry = {
        serviceId: live.service.id,
        method: request.method,
        uri: stringMember(params, 'uri'),
        result: rest,
        freshUntilMs: this.#now() + ttlMs,
      };
      this.#entries.delete(keys.own);
      this.#entries.put(isPublic ? keys.shared : keys.own, entry);
    }
    return { resultType: 'complete', result: withTtl(rest, ttlMs) };
  }

  #drop(serviceId: string, test: (entry: CacheEntry) => boolean): void {
    this.#generation++;
    this.#entries.drop(serviceId, test);
  }
}

function cached(result: JsonBytes): CompleteOutcome {
  return { resultType: 'complete', result, isCached: true };
}

function markedStale(result: JsonBytes): JsonBytes {
  const own = result.member('_meta');
  const meta = { ...(isJsonObject(own) ? own : {}), [STALE_META]: true };
  return result.withoutMembers(['_meta']).withMember('_meta', JSON.stringify(meta));
}

/** An update of a directory is one of everything in it. */
function concerns(updated: string, kept: string): boolean {
  return kept === updated || kept.startsWith(`${updated}/`) || updated.startsWith(`${kept}/`);
}
