import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Price } from '../price.ts';
import { priceAt } from './price-at.ts';

const priceFrom = (validFromMs: number): Price => ({
  id: `prc_${validFromMs}`,
  model: 'a/b',
  validFromMs,
  currency: 'USD',
  rates: { input: 1n, cachedInput: null, cacheWrite: null, output: 1n },
});

test('a price holds from its moment until the next one', () => {
  const prices = [priceFrom(20), priceFrom(10), priceFrom(30)];
  const at = (atMs: number) => priceAt(prices, atMs)?.validFromMs;
  assert.deepEqual([9, 10, 19, 20, 29, 30, 99].map(at), [undefined, 10, 10, 20, 20, 30, 30]);
  assert.equal(priceAt([], 5), undefined);
});
