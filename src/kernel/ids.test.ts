import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdSource } from './ids.ts';

test('an id is a prefix and a UUIDv7 of its moment', () => {
  const ids = new IdSource(() => 0x0199_aabb_ccdd);
  for (let count = 0; count < 2_000; count++) {
    assert.match(ids.next('svc'), /^svc_0199aabbccdd7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  }
});

test('ids sort by time and never repeat', () => {
  const clock = { ms: 1_700_000_000_000 };
  const ids = new IdSource(() => clock.ms++);
  const made = Array.from({ length: 5_000 }, () => ids.next('use'));
  assert.deepEqual(made.toSorted(), made);
  clock.ms = 5;
  const sameMoment = new IdSource(() => 5);
  const together = Array.from({ length: 5_000 }, () => sameMoment.next('use'));
  assert.equal(new Set(together).size, together.length);
});

test('every random bit varies', () => {
  const ids = new IdSource(() => 0);
  const seen = Array.from({ length: 19 }, () => new Set<string>());
  for (let count = 0; count < 2_000; count++) {
    const random = ids.next('err').slice(-19);
    seen.forEach((digits, index) => digits.add(random[index] as string));
  }
  // The fourth digit is the variant: two of its bits are fixed.
  assert.deepEqual(
    seen.map(({ size }) => size),
    [16, 16, 16, 4, ...Array.from({ length: 15 }, () => 16)],
  );
});
