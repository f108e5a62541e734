import type { LatencyHistogram } from './latency-histogram.ts';

/**
 * Which dimensions the rows of a facet tell apart: a question reads the smallest facet that has the
 * ones it asks for.
 */
export const rollupFacets = ['total', 'who', 'what', 'all'] as const;

/** One of them. */
export type RollupFacet = (typeof rollupFacets)[number];

/** How much time a row sums up: an hour or a day of UTC. */
export type RollupGrain = 'hour' | 'day';

/** Stands in rows for everything that has no row of its own, because its facet was full. */
export const rollupOther = '(other)';

/** What a row is about; what its facet does not tell apart, or what there is not, is empty. */
export interface RollupKey {
  readonly tenant: string;
  readonly facet: RollupFacet;
  readonly grain: RollupGrain;
  readonly startMs: number;
  readonly user: string;
  readonly key: string;
  readonly service: string;
  readonly tool: string;
}

/** Sums over usage records; all whole numbers, so that they are the same in whatever order. */
export interface UsageSums {
  /** Usage records, and how many of them are calls: further parts of a long one are not. */
  records: number;
  calls: number;
  durationMicros: number;
  bytesIn: number;
  bytesOut: number;
  tokens: number;
  events: number;
}

/** What was used by one key of a rollup in its time. */
export interface UsageRollup extends RollupKey, UsageSums {
  readonly outcome: string;
  readonly latency: LatencyHistogram;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The start of the hour or the day of UTC that a moment lies in. */
export function rollupStart(grain: RollupGrain, atMs: number): number {
  const lengthMs = grain === 'hour' ? HOUR_MS : DAY_MS;
  return Math.floor(atMs / lengthMs) * lengthMs;
}

/** The same key as a facet tells it apart. */
export function facetOf<Key extends RollupKey>(key: Key, facet: RollupFacet): Key {
  const hasWho = facet === 'who' || facet === 'all';
  const hasWhat = facet === 'what' || facet === 'all';
  return {
    ...key,
    facet,
    user: hasWho ? key.user : '',
    key: hasWho ? key.key : '',
    service: hasWhat ? key.service : '',
    tool: hasWhat ? key.tool : '',
  };
}

/** The key of everything in a facet that has no row of its own. */
export function otherOf<Key extends RollupKey>(key: Key): Key {
  const folded = (text: string, facet: RollupFacet): string =>
    key.facet === facet || key.facet === 'all' ? rollupOther : text;
  return {
    ...key,
    user: folded(key.user, 'who'),
    key: folded(key.key, 'who'),
    service: folded(key.service, 'what'),
    tool: folded(key.tool, 'what'),
  };
}
