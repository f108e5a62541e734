import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createSample } from './sample.ts';

test('the same seed chooses the same calls, another seed others', () => {
  const ids = Array.from({ length: 2_000 }, (_, at) => `use_${at}`);
  const chosen = (seed: string, rate: number) => {
    const sample = createSample(seed);
    return ids.filter((id) => sample(id, rate));
  };
  const [half] = [chosen('a', 0.5)];
  assert.deepEqual(half, chosen('a', 0.5));
  assert.notDeepEqual(half, chosen('b', 0.5));
  assert.ok(Math.abs(half.length - 1_000) < 150, `${half.length} of 2000`);
  assert.equal(chosen('a', 1).length, 2_000);
  const tenth = chosen('a', 0.1);
  assert.ok(Math.abs(tenth.length - 200) < 60, `${tenth.length} of 2000`);
  assert.ok(
    tenth.every((id) => half.includes(id)),
    'a larger share holds the smaller one',
  );
});

test('a share is never exceeded by chance alone: who is in is in for every larger share', () => {
  const sample = createSample('seed');
  const rates = fc.tuple(
    fc.double({ min: 0.001, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.string(), rates, (id, [rate, more]) => {
      const larger = rate + (1 - rate) * more;
      return !sample(id, rate) || sample(id, larger);
    }),
  );
});
