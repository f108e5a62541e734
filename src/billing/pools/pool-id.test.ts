import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poolIdOf, readPoolId, type PoolKey } from './pool-id.ts';

test('what is written for a pool is read as the same pool', () => {
  const keys: readonly [PoolKey, string][] = [
    [{ kind: 'wallet', currency: 'USD' }, 'wallet:USD'],
    [{ kind: 'budget', budgetId: 'bud_1', startMs: -5, endMs: 9 }, 'budget:bud_1:-5:9'],
    [{ kind: 'budget', budgetId: 'bud_1', startMs: null, endMs: null }, 'budget:bud_1::'],
  ];
  for (const [key, text] of keys) {
    assert.equal(poolIdOf(key), text);
    assert.deepEqual(readPoolId(text), key);
  }
});

test('other texts are no pools', () => {
  for (const text of ['', 'wallet', 'wallet:', 'wallet:a:b', 'budget:x', 'budget:x:1', 'purse:x']) {
    assert.throws(() => readPoolId(text), RangeError, text);
  }
  for (const text of ['budget:x:1:2:3', 'budget:x:one:2', 'budget:x:1.0:2', 'budget::1:2']) {
    assert.throws(() => readPoolId(text), RangeError, text);
  }
});
