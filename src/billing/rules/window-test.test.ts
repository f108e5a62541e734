import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TimeWindow } from '../plans/plan.ts';
import { windowTest } from './window-test.ts';

const zurich = 'Europe/Zurich';

/** A window, and moments with whether it is open then. */
const cases: readonly [string, TimeWindow, readonly [string, boolean][]][] = [
  [
    'working hours end before their end',
    { timeZone: zurich, weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '18:00' },
    [
      ['2026-01-05T06:59:59.999Z', false],
      ['2026-01-05T07:00:00Z', true],
      ['2026-01-05T16:59:59.999Z', true],
      ['2026-01-05T17:00:00Z', false],
      ['2026-01-04T09:00:00Z', false],
      ['2026-07-06T06:00:00Z', true],
    ],
  ],
  [
    'a night belongs to the day it begins on',
    { timeZone: 'UTC', weekdays: [5], from: '22:00', to: '06:00' },
    [
      ['2026-01-02T22:00:00Z', true],
      ['2026-01-03T05:59:00Z', true],
      ['2026-01-03T22:00:00Z', false],
      ['2026-01-02T05:00:00Z', false],
    ],
  ],
  [
    'the hour that is skipped in spring is not there',
    { timeZone: zurich, from: '02:00', to: '03:00' },
    [
      ['2026-03-28T01:30:00Z', true],
      ['2026-03-29T00:59:00Z', false],
      ['2026-03-29T01:00:00Z', false],
      ['2026-03-29T01:30:00Z', false],
    ],
  ],
  [
    'the hour that is repeated in autumn is there twice',
    { timeZone: zurich, from: '02:00', to: '03:00' },
    [
      ['2026-10-24T23:59:00Z', false],
      ['2026-10-25T00:30:00Z', true],
      ['2026-10-25T01:30:00Z', true],
      ['2026-10-25T02:00:00Z', false],
    ],
  ],
  [
    'a zone off by 45 minutes',
    { timeZone: 'Asia/Kathmandu', from: '00:00', to: '00:01' },
    [
      ['2026-01-01T18:15:00Z', true],
      ['2026-01-01T18:16:00Z', false],
    ],
  ],
  [
    'until midnight',
    { timeZone: 'UTC', from: '23:00', to: '24:00' },
    [
      ['2026-01-01T23:59:59.999Z', true],
      ['2026-01-02T00:00:00Z', false],
    ],
  ],
];

describe('time windows of rules', () => {
  for (const [name, window, moments] of cases) {
    it(name, () => {
      const isOpen = windowTest(window);
      for (const [at, expected] of moments) assert.equal(isOpen(Date.parse(at)), expected, at);
    });
  }

  it('refuse a zone that there is not', () => {
    assert.throws(() => windowTest({ timeZone: 'Europe/Nowhere' }), RangeError);
  });
});
