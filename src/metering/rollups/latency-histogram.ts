/** How many durations lie in each bucket; buckets grow by a tenth, so sums of them stay exact. */
export type LatencyHistogram = Map<number, number>;

/** A percentile differs from the true one by no more than this share of it. */
export const latencyErrorMax = 0.05;

const GROWTH = 1.1;
const LOG_GROWTH = Math.log(GROWTH);

/** The bucket of a duration: the n-th is above GROWTH^(n-1), up to GROWTH^n microseconds. */
export function latencyBucket(microseconds: number): number {
  return microseconds <= 1 ? 0 : Math.ceil(Math.log(microseconds) / LOG_GROWTH);
}

/** Adds so many durations to a bucket; one that becomes empty is gone. */
export function addLatency(histogram: LatencyHistogram, bucket: number, count: number): void {
  const sum = (histogram.get(bucket) ?? 0) + count;
  if (sum === 0) histogram.delete(bucket);
  else histogram.set(bucket, sum);
}

/** Adds another histogram, or takes it away with `sign` -1. */
export function mergeLatency(
  histogram: LatencyHistogram,
  other: LatencyHistogram,
  sign: 1 | -1 = 1,
): void {
  for (const [bucket, count] of other) addLatency(histogram, bucket, sign * count);
}

/** Writes a histogram as text, in the order of buckets: `12:3 14:1`. */
export function encodeLatency(histogram: LatencyHistogram): string {
  const pairs = [...histogram].toSorted(([one], [other]) => one - other);
  return pairs.map(([bucket, count]) => `${bucket}:${count}`).join(' ');
}

/** Adds what one or several texts of `encodeLatency`, joined by a space, say. */
export function addEncodedLatency(histogram: LatencyHistogram, text: string): void {
  let bucket = 0;
  let value = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? SPACE : text.charCodeAt(at);
    if (code === COLON) {
      bucket = value;
      value = 0;
    } else if (code === SPACE) {
      if (value !== 0) addLatency(histogram, bucket, value);
      value = 0;
    } else value = value * 10 + (code - ZERO);
  }
}

const SPACE = 32;
const COLON = 58;
const ZERO = 48;

/**
 * Below which duration, in milliseconds, this share of all lies; undefined when there are none. At
 * most `latencyErrorMax` from the true one, whatever was merged in which order.
 */
export function latencyPercentile(histogram: LatencyHistogram, share: number): number | undefined {
  let total = 0;
  for (const count of histogram.values()) total += count;
  if (total <= 0) return undefined;
  const rank = Math.max(1, Math.ceil(share * total));
  let seen = 0;
  for (const [bucket, count] of [...histogram].toSorted(([one], [other]) => one - other)) {
    seen += count;
    if (seen >= rank) return bucketMilliseconds(bucket);
  }
  return undefined;
}

/** The value from which both ends of a bucket are equally far, as a share of themselves. */
function bucketMilliseconds(bucket: number): number {
  const microseconds = bucket === 0 ? 1 : (2 * GROWTH ** bucket) / (GROWTH + 1);
  return Math.round(microseconds) / 1000;
}
