import assert from 'node:assert/strict';
import { test } from 'node:test';
import { creditMark } from './credit-mark.ts';

test('credit is low at a fifth and exhausted at nothing, each told when it comes to that', () => {
  assert.equal(creditMark(100n, 21n, 100n), undefined);
  assert.equal(creditMark(100n, 20n, 100n), 'low');
  assert.equal(creditMark(20n, 1n, 100n), undefined, 'it was low before');
  assert.equal(creditMark(20n, 0n, 100n), 'exhausted');
  assert.equal(creditMark(100n, 0n, 100n), 'exhausted', 'both at once are the worse one');
  assert.equal(creditMark(0n, 0n, 0n), undefined);
});
