import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { RecentMap } from '../../kernel/recent/recent-map.ts';

const MINUTE_MS = 60_000;

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

/**
 * Bounds how often one address may ask, on this instance: a bucket that fills with time. The
 * function it makes counts a request, or throws GatewayError `too_many` that says how long to wait.
 */
export function createAddressRate(now: () => number): (address: string) => void {
  const most = limits.signInRequestsPerMinuteMax;
  const buckets = new RecentMap<string, Bucket>(limits.signInAddressesMax);
  return (address) => {
    const atMs = now();
    const { tokens: left, atMs: sinceMs } = buckets.get(address) ?? { tokens: most, atMs };
    const tokens = Math.min(most, left + ((atMs - sinceMs) * most) / MINUTE_MS);
    if (tokens < 1) {
      const retryAfterSeconds = Math.ceil(((1 - tokens) * MINUTE_MS) / most / 1000);
      const text = `Too many requests from this address; wait ${retryAfterSeconds} s.`;
      const data = { limit: 'sign_in_requests', retryAfterSeconds };
      throw new GatewayError('too_many', text, { data });
    }
    buckets.set(address, { tokens: tokens - 1, atMs });
  };
}
