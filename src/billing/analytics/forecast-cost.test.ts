import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { findMovers } from './find-movers.ts';
import { forecastCost, type DayCost } from './forecast-cost.ts';
import { costArithmetic, usageArithmetic } from './arithmetic.ts';
import { rankGroups } from './rank-groups.ts';

const days = (amounts: readonly bigint[]): readonly DayCost[] =>
  amounts.map((amount, index) => ({ weekday: index % 7, amount }));

test('with less than two weeks each day to come costs what days cost on average', () => {
  const complete = days([10n, 20n, 33n]);
  const today = { weekday: 3, amount: 5n };
  const made = forecastCost({ soFar: 68n, today, complete, toCome: [4, 5] });
  // 21 a day: today 16 more, and two days; halves go to the even neighbour.
  assert.deepEqual(made, { method: 'average', amount: 68n + 16n + 42n, days: 3 });
  const busy = { weekday: 3, amount: 500n };
  assert.equal(forecastCost({ soFar: 563n, today: busy, complete, toCome: [] }).amount, 563n);
});

test('with two weeks each day to come costs what its weekday does', () => {
  const week = [100n, 10n, 10n, 10n, 10n, 10n, 0n];
  const complete = days([...week, ...week]);
  const today = { weekday: 0, amount: 40n };
  const made = forecastCost({ soFar: 340n, today, complete, toCome: [1, 6, 0] });
  assert.deepEqual(made, { method: 'weekdays', amount: 340n + 60n + 10n + 0n + 100n, days: 14 });
});

test('without a complete day nothing is expected', () => {
  const today = { weekday: 3, amount: 7n };
  const made = forecastCost({ soFar: 9n, today, complete: [], toCome: [4, 5, 6] });
  assert.deepEqual(made, { method: 'so_far', amount: 9n, days: 0 });
});

test('a steady cost is forecast exactly, by either method', () => {
  const amounts = fc.bigInt({ min: 0n, max: 10n ** 15n });
  fc.assert(
    fc.property(amounts, fc.integer({ min: 1, max: 28 }), fc.nat(30), (amount, past, toCome) => {
      const complete = days(Array.from({ length: past }, () => amount));
      const weekdays = Array.from({ length: toCome }, (_, index) => (past + 1 + index) % 7);
      const made = forecastCost({
        soFar: amount * BigInt(past),
        today: { weekday: past % 7, amount: 0n },
        complete,
        toCome: weekdays,
      });
      assert.equal(made.amount, amount * BigInt(past + 1 + toCome));
    }),
  );
});

const cost = (name: string, amount: bigint) => ({
  group: [name],
  measure: { ...costArithmetic.zero(), charges: 1, amount },
});

test('movers are by amount or by share, up or down, and new ones are there', () => {
  const before = [cost('a', 100n), cost('b', 100n), cost('gone', 50n)];
  const now = [cost('a', 300n), cost('b', 100n), cost('new', 100n)];
  const names = (order: 'change' | 'share') =>
    findMovers(before, now, costArithmetic, { top: 3, order }).map(({ group }) => group[0]);
  assert.deepEqual(names('change'), ['a', 'new', 'gone']);
  // b costs as much, which is a fifth instead of two.
  assert.deepEqual(names('share'), ['a', 'b', 'gone']);
  const [first, second] = findMovers(before, now, costArithmetic, { top: 2, order: 'change' });
  assert.deepEqual([first?.change, first?.changeMillionths], [200n, 2_000_000n]);
  assert.deepEqual([second?.change, second?.changeMillionths], [100n, undefined]);
  assert.equal(first?.shareMillionths, 200_000n);
});

test('pages of groups and what is left over come to the total', () => {
  const usage = (name: string, records: number) => ({
    group: [name],
    measure: { ...usageArithmetic.zero(), records },
  });
  const groups = [usage('a', 3), usage('b', 9), usage('c', 5)];
  const total = usage('', 20).measure;
  const page = (skipped: number, top: number) =>
    rankGroups(groups, total, { skipped, top, overlaps: false }, usageArithmetic);
  const first = page(0, 2);
  assert.deepEqual(
    first.groups.map(({ group }) => group[0]),
    ['b', 'c'],
  );
  assert.deepEqual([first.other?.records, first.next], [6, 2]);
  const second = page(2, 2);
  assert.deepEqual(
    [second.groups[0]?.group, second.other?.records, second.next],
    [['a'], 3, undefined],
  );
});
