import assert from 'node:assert/strict';
import { test } from 'node:test';
import { budgetWindow } from './budget.ts';
import { reachedPercents } from './reached-percents.ts';

const at = (text: string): number => Date.parse(text);

test('windows of a budget begin at midnight of its zone, weeks on Monday', () => {
  const moment = at('2026-10-25T12:00:00Z');
  const window = (kind: 'day' | 'week' | 'month', timeZone: string) => {
    const { startMs, endMs } = budgetWindow({ window: kind, timeZone }, moment) ?? assert.fail();
    return [startMs, endMs].map((ms) => new Date(ms).toISOString().slice(0, 13));
  };
  assert.deepEqual(window('day', 'UTC'), ['2026-10-25T00', '2026-10-26T00']);
  assert.deepEqual(window('day', 'Europe/Berlin'), ['2026-10-24T22', '2026-10-25T23'], '25 hours');
  assert.deepEqual(window('week', 'UTC'), ['2026-10-19T00', '2026-10-26T00']);
  assert.deepEqual(window('month', 'Asia/Tokyo'), ['2026-09-30T15', '2026-10-31T15']);
  assert.equal(budgetWindow({ window: 'none', timeZone: 'UTC' }, moment), undefined);
});

test('a share is reached at exactly that share', () => {
  assert.deepEqual(reachedPercents([50, 80, 100], 79n, 100n), [50]);
  assert.deepEqual(reachedPercents([50, 80, 100], 80n, 100n), [50, 80]);
  assert.deepEqual(reachedPercents([50, 80, 100], 1n, 3n), []);
  assert.deepEqual(reachedPercents([50], 0n, 0n), [50], 'nothing is all of nothing');
});
