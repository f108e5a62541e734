import { isJsonObject, type Json } from '../../kernel/json.ts';
import { remaining, type Counter } from './counter.ts';

/**
 * The HTTP headers that tell what is left of the tightest bound on requests, names and values in
 * turn (draft-ietf-httpapi-ratelimit-headers-10); none when requests are not counted.
 */
export function rateHeaders(counters: readonly Counter[], nowMs: number): readonly string[] {
  let tightest: Counter | undefined;
  let left = Infinity;
  for (const counter of counters) {
    if (counter.bound.intervalMs === undefined) continue;
    const own = remaining(counter, nowMs) / counter.bound.burst;
    if (own < left) [tightest, left] = [counter, own];
  }
  if (tightest?.bound.intervalMs === undefined) return [];
  const { level, bound, used } = tightest;
  const windowMs = bound.burst * tightest.bound.intervalMs;
  const backMs = Math.max(0, used.backAtMs - nowMs);
  return fields(level, bound.burst, windowMs, remaining(tightest, nowMs), backMs);
}

/** The same of a refusal by its error's data, and when to come back. */
export function refusalHeaders(data: Json | undefined): readonly string[] {
  const { retryAfterMs, limit, quota, windowMs } = isJsonObject(data) ? data : {};
  if (typeof retryAfterMs !== 'number') return [];
  const retry = ['retry-after', String(seconds(retryAfterMs))];
  const isRate = typeof quota === 'number' && typeof windowMs === 'number';
  if (typeof limit !== 'string' || !isRate) return retry;
  return [...retry, ...fields(limit, quota, windowMs, 0, retryAfterMs)];
}

/** When a budget begins anew, by its error's data; nothing for one that never does. */
export function resetHeaders(data: Json | undefined, nowMs: number): readonly string[] {
  const { reset_at: reset } = isJsonObject(data) ? data : {};
  if (typeof reset !== 'string') return [];
  return ['retry-after', String(seconds(Date.parse(reset) - nowMs))];
}

function fields(
  name: string,
  quota: number,
  windowMs: number,
  left: number,
  backMs: number,
): readonly string[] {
  return [
    'ratelimit-policy',
    `"${name}";q=${quota};w=${seconds(windowMs)}`,
    'ratelimit',
    `"${name}";r=${left};t=${Math.ceil(backMs / 1_000)}`,
  ];
}

const seconds = (milliseconds: number): number => Math.max(1, Math.ceil(milliseconds / 1_000));
