import { capabilityProfileKey } from '../../catalog/lists/capability-profile.ts';
import { canonicalJson } from '../../kernel/canonical-json.ts';
import { isJsonObject, withoutMembers, type JsonObject } from '../../kernel/json.ts';
import type { Permitted, UpstreamTarget } from '../exchange.ts';

/** Under which keys a result may be found. */
export interface CacheKeys {
  /** For everybody who may ask the service. */
  readonly shared: string;
  /** For one credential alone. */
  readonly own: string;
}

/** Trace context says who asks, never what for. */
const TRACE_MEMBERS = ['traceparent', 'tracestate', 'baggage'];
const KEY_LENGTH_MAX = 8_192;

/**
 * The keys of a request (server/utilities/caching, "Cache Key"), or undefined when its result must
 * not be kept: it depends on input that is no part of the key.
 */
export function cacheKeys(
  { request, principal }: Permitted,
  { live, params }: UpstreamTarget,
): CacheKeys | undefined {
  if ('inputResponses' in params || 'requestState' in params) return undefined;
  const profile = capabilityProfileKey(request.client.capabilities);
  const asked = canonicalJson(withoutTrace(params));
  const shared = `${live.service.id}\n${request.method}\n${profile}\n${asked}`;
  if (shared.length > KEY_LENGTH_MAX) return undefined;
  return { shared, own: `${shared}\n${principal.grantId}` };
}

function withoutTrace(params: JsonObject): JsonObject {
  const own = params['_meta'];
  if (!isJsonObject(own)) return params;
  const kept = withoutMembers(own, TRACE_MEMBERS);
  const others = withoutMembers(params, ['_meta']);
  return Object.keys(kept).length === 0 ? others : { ...others, _meta: kept };
}
