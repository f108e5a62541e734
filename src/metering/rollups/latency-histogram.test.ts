import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  addEncodedLatency,
  addLatency,
  encodeLatency,
  latencyBucket,
  latencyErrorMax,
  latencyPercentile,
  mergeLatency,
  type LatencyHistogram,
} from './latency-histogram.ts';

function histogramOf(micros: readonly number[]): LatencyHistogram {
  const histogram: LatencyHistogram = new Map();
  for (const one of micros) addLatency(histogram, latencyBucket(one), 1);
  return histogram;
}

/** From a microsecond to an hour, as often short as long. */
const duration = fc
  .double({ min: 0, max: Math.log(3_600_000_000), noNaN: true })
  .map((power) => Math.round(Math.exp(power)));

test('a percentile is at most latencyErrorMax from the true one', () => {
  fc.assert(
    fc.property(fc.array(duration, { minLength: 1, maxLength: 300 }), (micros) => {
      const histogram = histogramOf(micros);
      const sorted = micros.toSorted((one, other) => one - other);
      for (const share of [0.5, 0.9, 0.95, 0.99, 1]) {
        const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? 0;
        const found = (latencyPercentile(histogram, share) ?? Number.NaN) * 1000;
        // The value itself is a whole number of microseconds.
        const allowed = exact * latencyErrorMax + 1;
        assert.ok(Math.abs(found - exact) <= allowed, `${found} for ${exact} at ${share}`);
      }
    }),
  );
  assert.equal(latencyPercentile(new Map(), 0.5), undefined);
});

test('histograms add up to the same in whatever order, as text too', () => {
  fc.assert(
    fc.property(fc.array(fc.array(duration, { maxLength: 20 }), { maxLength: 6 }), (parts) => {
      const whole = histogramOf(parts.flat());
      const merged: LatencyHistogram = new Map();
      for (const part of parts.toReversed()) mergeLatency(merged, histogramOf(part));
      assert.equal(encodeLatency(merged), encodeLatency(whole));
      const read: LatencyHistogram = new Map();
      addEncodedLatency(read, parts.map((part) => encodeLatency(histogramOf(part))).join(' '));
      assert.equal(encodeLatency(read), encodeLatency(whole));
      for (const part of parts) mergeLatency(merged, histogramOf(part), -1);
      assert.equal(merged.size, 0);
    }),
  );
});
