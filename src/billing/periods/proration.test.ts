import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { exactOf, formatExact } from '../../kernel/exact.ts';
import {
  advanceShares,
  leadingShare,
  periodFrom,
  periodUntil,
  trailingShare,
} from './billing-day.ts';
import { type Period, periodAt } from './period-at.ts';
import { periodShare, sumShares, thirtyDayShare } from './proration.ts';

const ms = (text: string): number => Date.parse(text);
const span = (start: string, end: string): Period => ({ startMs: ms(start), endMs: ms(end) });
const march = span('2024-03-01', '2024-04-01');
const rule = (dayOfMonth: number, months = 1) => ({ dayOfMonth, months, timeZone: 'UTC' });
const days = ({ startMs, endMs }: Period): readonly string[] =>
  [startMs, endMs].map((at) => new Date(at).toISOString().slice(0, 10));

describe('shares of a period', () => {
  test('by day count the day of a change to what comes after', () => {
    const after = span('2024-03-12T12:12Z', '2024-04-01');
    assert.equal(formatExact(periodShare(after, march, 'by_day', 'UTC')), '20/31');
    assert.equal(formatExact(periodShare(after, march, 'by_millisecond', 'UTC')), '2339/3720');
  });

  test('know days of 23 and 25 hours on the calendar of their zone', () => {
    const zone = 'Europe/Berlin';
    const month = span('2026-02-28T23:00Z', '2026-03-31T22:00Z');
    const day = span('2026-03-28T23:00Z', '2026-03-29T22:00Z');
    assert.equal(formatExact(periodShare(day, month, 'by_day', zone)), '1/31');
    assert.equal(formatExact(periodShare(day, month, 'by_millisecond', zone)), '23/743');
  });

  test('refuse a period without a day or without any time', () => {
    const hours = span('2024-03-01T01:00Z', '2024-03-01T05:00Z');
    assert.throws(() => periodShare(hours, hours, 'by_day', 'UTC'), /nothing to divide by_day/);
    const nothing = span('2024-03-01', '2024-03-01');
    assert.throws(() => periodShare(nothing, nothing, 'by_millisecond', 'UTC'), RangeError);
  });

  test('of months of 30 days do not depend on the month', () => {
    for (const [start, end] of [
      ['2023-05-23', '2023-06-15'],
      ['2024-02-23', '2024-03-15'],
    ] as const) {
      assert.equal(formatExact(thirtyDayShare(span(start, end), 'UTC')), '11/15');
    }
    assert.equal(formatExact(thirtyDayShare(span('2023-01-31', '2023-02-28'), 'UTC')), '14/15');
  });

  test('of all parts sum to 1, wherever the period is cut', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'];
    const moment = fc.integer({ min: ms('2020-01-01'), max: ms('2032-01-01') });
    fc.assert(
      fc.property(
        moment,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
        fc.constantFrom(...zones),
        fc.constantFrom('by_day', 'by_millisecond'),
        (anchor, cuts, zone, step) => {
          const whole = periodAt(anchor, zone, { unit: 'month', count: 1 }, anchor);
          const length = whole.endMs - whole.startMs;
          const inner = cuts.map((cut) => whole.startMs + Math.floor(cut * length));
          const edges = [whole.startMs, ...inner.toSorted((a, b) => a - b), whole.endMs];
          const shares = edges.slice(1).map((endMs, index) => {
            const startMs = edges[index] ?? endMs;
            return periodShare({ startMs, endMs }, whole, step, zone);
          });
          assert.deepEqual(sumShares(shares), exactOf(1n));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('billing days', () => {
  test('cut the first period short when they are still to come', () => {
    const from = (start: string, day: number, months: number, isFirst: boolean) =>
      days(periodFrom(ms(start), rule(day, months), isFirst));
    assert.deepEqual(from('2021-01-10', 1, 1, true), ['2021-01-10', '2021-02-01']);
    assert.deepEqual(from('2021-01-01', 10, 3, true), ['2021-01-01', '2021-01-10']);
    assert.deepEqual(from('2021-01-10', 1, 3, true), ['2021-01-10', '2021-04-01']);
    assert.deepEqual(from('2021-01-10', 10, 12, false), ['2021-01-10', '2022-01-10']);
    assert.deepEqual(from('2021-01-31', 31, 1, false), ['2021-01-31', '2021-02-28']);
    assert.deepEqual(from('2021-02-28', 31, 1, false), ['2021-02-28', '2021-03-31']);
    assert.deepEqual(from('2021-02-28', 31, 1, true), ['2021-02-28', '2021-03-31']);
  });

  test('look back for what is billed in arrears', () => {
    assert.deepEqual(days(periodUntil(ms('2021-03-31'), rule(31))), ['2021-02-28', '2021-03-31']);
    const began = periodUntil(ms('2021-02-10'), rule(10), ms('2021-01-25'));
    assert.deepEqual(days(began), ['2021-01-25', '2021-02-10']);
  });

  test('measure a short period by the whole one that it belongs to', () => {
    const leading = leadingShare(span('2024-02-23', '2024-03-15'), rule(15));
    assert.equal(formatExact(leading), '21/29');
    assert.equal(formatExact(trailingShare(span('2023-05-23', '2023-06-15'), rule(23))), '23/31');
  });

  test('bill in advance the short period and all that have begun', () => {
    const shares = (until: string): readonly string[] =>
      advanceShares(ms('2011-02-01'), ms(until), rule(13)).map(formatExact);
    assert.deepEqual(shares('2011-02-13'), ['12/31', '1']);
    assert.deepEqual(shares('2011-04-13'), ['12/31', '3']);
    assert.deepEqual(shares('2011-02-12'), ['12/31']);
    assert.deepEqual(advanceShares(ms('2011-02-13'), ms('2011-03-13'), rule(13)), [exactOf(2n)]);
  });
});
