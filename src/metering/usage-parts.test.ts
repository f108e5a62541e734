import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { usageRecord } from '../../test/support/usage-record.ts';
import { partAfter, partId, recordAfter, usedSoFar, type UsagePart } from './usage-parts.ts';

const amounts = fc.record({
  durationMs: fc.nat(9_000_000).map((micros) => micros / 1000),
  upstreamMs: fc.nat(9_000_000).map((micros) => micros / 1000),
  bytesIn: fc.nat(1_000_000),
  bytesOut: fc.nat(1_000_000),
  events: fc.nat(1_000),
});

const nothing = { durationMs: 0, upstreamMs: 0, bytesIn: 0, bytesOut: 0, events: 0 };
const names = Object.keys(nothing) as (keyof typeof nothing)[];

test('the records of an exchange sum to what it used', () => {
  fc.assert(
    fc.property(fc.array(amounts, { minLength: 1, maxLength: 30 }), (steps) => {
      let before: UsagePart = { of: 'use_1', number: 1, ...nothing };
      const micros: number[] = [];
      for (const step of steps) {
        const used = Object.fromEntries(names.map((name) => [name, before[name] + step[name]]));
        // A clock says milliseconds to the microsecond, however the sum came about.
        const durationMs = Math.round((before.durationMs + step.durationMs) * 1000) / 1000;
        const whole = usageRecord({ ...used, durationMs });
        const record = recordAfter(whole, before);
        micros.push(Math.round(record.durationMs * 1000));
        assert.equal(record.bytesOut, step.bytesOut);
        assert.equal(usedSoFar(record).durationMs, durationMs);
        before = partAfter(record);
        assert.equal(before.durationMs, durationMs);
      }
      assert.equal(before.number, steps.length + 1);
      const sum = micros.reduce((all, one) => all + one, 0);
      assert.equal(sum, Math.round(before.durationMs * 1000));
    }),
  );
});

test('a stream that breaks off may say less than its parts: then nothing is left', () => {
  const before = { of: 'use_1', number: 3, ...nothing, bytesOut: 500, durationMs: 10 };
  const whole = usageRecord({ bytesOut: 0, durationMs: 12.5, bytesIn: 0 });
  const { bytesOut, durationMs } = recordAfter(whole, before);
  assert.deepEqual([bytesOut, durationMs], [0, 2.5]);
});

test('ids of parts have the time of their exchange and sort by number', () => {
  const of = usageRecord().id;
  const ids = [1, 2, 3, 9, 10, 255, 256, 70_000].map((number) => partId(of, number));
  assert.deepEqual(ids.toSorted(), ids);
  for (const id of ids) {
    assert.match(id, /^use_[0-9a-f]{12}7[0-9a-f]{3}8[0-9a-f]{15}$/);
    assert.equal(id.slice(0, 16), of.slice(0, 16));
  }
  assert.notEqual(partId(of, 1), partId(usageRecord().id, 1));
});
