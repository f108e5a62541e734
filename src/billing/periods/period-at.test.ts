import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { type PeriodLength, periodAt } from './period-at.ts';
import { zoneClock } from './zone-clock.ts';

const HOUR_MS = 3_600_000;
const month: PeriodLength = { unit: 'month', count: 1 };
const day: PeriodLength = { unit: 'day', count: 1 };
const ms = (text: string): number => Date.parse(text);
const iso = (at: number): string => new Date(at).toISOString().slice(0, 16);

/** Starts of `count` periods in a row from the one at `from`. */
function starts(anchor: string, zone: string, length: PeriodLength, from: string, count: number) {
  const found: string[] = [];
  let at = ms(from);
  for (let index = 0; index < count; index += 1) {
    const period = periodAt(ms(anchor), zone, length, at);
    found.push(iso(period.startMs));
    at = period.endMs;
  }
  return found;
}

describe('billing periods', () => {
  test('end with short months and come back to the day of the anchor', () => {
    const anchor = '2023-12-31T00:00Z';
    assert.deepEqual(starts(anchor, 'UTC', month, '2024-01-31T00:00Z', 5), [
      '2024-01-31T00:00',
      '2024-02-29T00:00',
      '2024-03-31T00:00',
      '2024-04-30T00:00',
      '2024-05-31T00:00',
    ]);
    assert.deepEqual(starts(anchor, 'UTC', month, '2023-02-28T00:00Z', 2), [
      '2023-02-28T00:00',
      '2023-03-31T00:00',
    ]);
  });

  test('of years from a leap day are back on it four years later', () => {
    const year: PeriodLength = { unit: 'year', count: 1 };
    const found = starts('2024-02-29T00:00Z', 'UTC', year, '2024-06-01T00:00Z', 5);
    assert.deepEqual(
      found.map((text) => text.slice(0, 10)),
      ['2024-02-29', '2025-02-28', '2026-02-28', '2027-02-28', '2028-02-29'],
    );
  });

  test('are as long as the day really is when clocks change', () => {
    const hours = (zone: string, at: string): number => {
      const period = periodAt(zoneClock(zone).momentOf(ms('2026-01-01T00:00Z')), zone, day, ms(at));
      return (period.endMs - period.startMs) / HOUR_MS;
    };
    assert.equal(hours('Europe/Berlin', '2026-03-29T12:00Z'), 23);
    assert.equal(hours('Europe/Berlin', '2026-10-25T12:00Z'), 25);
    assert.equal(hours('Europe/Berlin', '2026-10-26T12:00Z'), 24);
    assert.equal(hours('Australia/Lord_Howe', '2026-04-04T20:00Z'), 24.5);
    assert.equal(hours('Pacific/Apia', '2011-12-31T00:00Z'), 24);
  });

  test('begin an hour later when clocks leave theirs out, and once when they show it twice', () => {
    const zone = 'Europe/Berlin';
    const anchor = iso(zoneClock(zone).momentOf(ms('2026-01-01T02:30Z')));
    assert.deepEqual(starts(`${anchor}Z`, zone, day, '2026-03-28T12:00Z', 3), [
      '2026-03-28T01:30',
      '2026-03-29T01:30',
      '2026-03-30T00:30',
    ]);
    assert.deepEqual(starts(`${anchor}Z`, zone, day, '2026-10-24T12:00Z', 3), [
      '2026-10-24T00:30',
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });

  test('of several weeks or months are counted from the anchor, backwards too', () => {
    const weeks: PeriodLength = { unit: 'week', count: 2 };
    assert.deepEqual(starts('2024-03-06T14:00Z', 'UTC', weeks, '2024-03-04T10:00Z', 2), [
      '2024-02-21T14:00',
      '2024-03-06T14:00',
    ]);
    const quarter: PeriodLength = { unit: 'month', count: 3 };
    assert.deepEqual(starts('2024-04-30T00:00Z', 'UTC', quarter, '2024-02-01T00:00Z', 2), [
      '2024-01-30T00:00',
      '2024-04-30T00:00',
    ]);
  });

  test('refuse a length of nothing and a zone that is not there', () => {
    assert.throws(() => periodAt(0, 'UTC', { unit: 'day', count: 0 }, 0), RangeError);
    assert.throws(() => periodAt(0, 'UTC', { unit: 'day', count: 1.5 }, 0), RangeError);
    assert.throws(() => periodAt(0, 'Mars/Olympus', month, 0), RangeError);
  });

  test('leave no gap and do not overlap', () => {
    const zones = [
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kolkata',
    ];
    const units = ['day', 'week', 'month', 'year'] as const;
    const moment = fc.integer({ min: ms('1990-01-01'), max: ms('2050-01-01') });
    fc.assert(
      fc.property(
        moment,
        moment,
        fc.constantFrom(...zones),
        fc.record({ unit: fc.constantFrom(...units), count: fc.integer({ min: 1, max: 7 }) }),
        (anchor, at, zone, length) => {
          const period = periodAt(anchor, zone, length, at);
          assert.ok(period.startMs <= at && at < period.endMs);
          const next = periodAt(anchor, zone, length, period.endMs);
          const before = periodAt(anchor, zone, length, period.startMs - 1);
          assert.equal(next.startMs, period.endMs);
          assert.equal(before.endMs, period.startMs);
          assert.deepEqual(periodAt(anchor, zone, length, period.endMs - 1), period);
        },
      ),
      { numRuns: 150 },
    );
  });
});
