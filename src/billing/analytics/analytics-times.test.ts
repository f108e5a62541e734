import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { daySeries, localDays, timesOf, wholeHours } from './analytics-times.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ZONES = [
  'UTC',
  'Europe/Zurich',
  'America/Los_Angeles',
  'Pacific/Auckland',
  'Pacific/Kiritimati',
  'Asia/Kolkata',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'America/Havana',
];
const START_MS = Date.UTC(2026, 0, 1);
const range = fc
  .tuple(fc.nat(365 * 24), fc.integer({ min: 1, max: 40 * 24 }))
  .map(([hour, hours]) => {
    const startMs = START_MS + hour * HOUR_MS;
    return { startMs, endMs: startMs + hours * HOUR_MS };
  });

test('a range is read as days and hours that cover it once', () => {
  fc.assert(
    fc.property(range, (given) => {
      const { hours, days } = timesOf(given);
      const covered = [
        ...hours,
        ...days.flatMap((dayMs) => Array.from({ length: 24 }, (_, hour) => dayMs + hour * HOUR_MS)),
      ].toSorted((one, other) => one - other);
      const expected = Array.from(
        { length: (given.endMs - given.startMs) / HOUR_MS },
        (_, hour) => given.startMs + hour * HOUR_MS,
      );
      assert.deepEqual(covered, expected);
      assert.ok(hours.length <= 46);
    }),
  );
  assert.deepEqual(wholeHours({ startMs: HOUR_MS + 1, endMs: 2 * HOUR_MS + 1 }), {
    startMs: HOUR_MS,
    endMs: 3 * HOUR_MS,
  });
});

test('each day of a zone gets every one of its hours once, and no other', () => {
  fc.assert(
    fc.property(range, fc.constantFrom(...ZONES), (given, zone) => {
      const plan = daySeries(given, zone);
      const counts = plan.buckets.map(() => new Map<number, number>());
      const put = (grain: 'hour' | 'day', startMs: number): void => {
        const length = grain === 'hour' ? 1 : 24;
        for (const { bucket, sign } of plan.placesOf(grain, startMs)) {
          for (let hour = 0; hour < length; hour++) {
            const hourMs = startMs + hour * HOUR_MS;
            const count = counts[bucket];
            count?.set(hourMs, (count.get(hourMs) ?? 0) + sign);
          }
        }
      };
      for (const hourMs of plan.times.hours) put('hour', hourMs);
      for (const dayMs of plan.times.days) put('day', dayMs);
      for (const [place, { startMs, endMs }] of plan.buckets.entries()) {
        const found = [...(counts[place] ?? [])].filter(([, count]) => count !== 0);
        assert.ok(found.every(([, count]) => count === 1));
        const hours = found.map(([hourMs]) => hourMs).toSorted((one, other) => one - other);
        const expected = Array.from(
          { length: (endMs - startMs) / HOUR_MS },
          (_, hour) => startMs + hour * HOUR_MS,
        );
        assert.deepEqual(hours, expected, zone);
      }
    }),
  );
});

test('days of a zone are as long as its clocks say', () => {
  const lengths = (fromMs: number, days: number, zone: string) =>
    localDays({ startMs: fromMs, endMs: fromMs + days * DAY_MS }, zone).map(
      ({ startMs, endMs }) => (endMs - startMs) / HOUR_MS,
    );
  assert.deepEqual(lengths(Date.UTC(2026, 2, 27, 23), 3, 'Europe/Zurich'), [24, 23, 24, 1]);
  assert.deepEqual(lengths(Date.UTC(2026, 9, 23, 22), 3, 'Europe/Zurich'), [24, 25, 23]);
  // 18:30 of UTC is midnight in Kolkata; days begin with the next whole hour.
  assert.deepEqual(lengths(Date.UTC(2026, 0, 1, 19), 2, 'Asia/Kolkata'), [24, 24]);
});
