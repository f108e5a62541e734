import assert from 'node:assert/strict';
import { test } from 'node:test';
import { burnCredit, type RemainingCredit } from './burn-credit.ts';

const credit = (
  id: string,
  remaining: bigint,
  priority = 1,
  expiresAtMs: number | null = null,
): RemainingCredit => ({ id, remaining, priority, expiresAtMs });

test('credit is used by priority, then what expires first, then what is oldest', () => {
  const grants = [
    credit('old', 5n),
    credit('new', 5n),
    credit('soon', 5n, 1, 100),
    credit('sooner', 5n, 1, 50),
    credit('first', 5n, 0),
  ];
  const taken = burnCredit(grants, 23n);
  assert.deepEqual(
    [...taken],
    [
      ['first', 5n],
      ['sooner', 5n],
      ['soon', 5n],
      ['old', 5n],
      ['new', 3n],
    ],
  );
  assert.deepEqual([...burnCredit(grants, 0n)], []);
});

test('more than there is cannot be taken', () => {
  assert.deepEqual([...burnCredit([credit('a', 5n)], 5n)], [['a', 5n]]);
  assert.throws(() => burnCredit([credit('a', 5n)], 6n), RangeError);
});
