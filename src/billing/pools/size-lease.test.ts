import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, bigInt, integer, property } from 'fast-check';
import { sizeLease } from './size-lease.ts';

test('a lease is what is likely to be spent, a fiftieth of the pool at most', () => {
  assert.deepEqual(sizeLease(5_000n, { needed: 3n, wanted: 40n }, 1), {
    granted: 40n,
    isTight: false,
  });
  assert.deepEqual(sizeLease(5_000n, { needed: 3n, wanted: 400n }, 2), {
    granted: 100n,
    isTight: false,
  });
});

test('where the rest would not do for all, each gets what its call needs', () => {
  const tight = { granted: 3n, isTight: true };
  assert.deepEqual(sizeLease(149n, { needed: 3n, wanted: 40n }, 1), tight);
  assert.deepEqual(sizeLease(5_000n, { needed: 3n, wanted: 100n }, 51), tight);
  assert.deepEqual(sizeLease(3n, { needed: 3n, wanted: 40n }, 1), tight);
  assert.equal(sizeLease(2n, { needed: 3n, wanted: 40n }, 1), undefined);
  assert.equal(sizeLease(0n, { needed: 0n, wanted: 0n }, 1), undefined);
  assert.throws(() => sizeLease(9n, { needed: -1n, wanted: 0n }, 1), RangeError);
});

test('a lease is never more than there is, and never less than is needed', () => {
  const amount = bigInt(0n, 10n ** 15n);
  check(
    property(amount, amount, amount, integer({ min: 1, max: 99 }), (has, needed, wanted, n) => {
      const size = sizeLease(has, { needed, wanted }, n);
      if (size === undefined) return has < needed || has === 0n;
      return size.granted <= has && size.granted >= needed;
    }),
  );
});
