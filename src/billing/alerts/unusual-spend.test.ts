import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { exactOf, formatExact, parseExact } from '../../kernel/exact.ts';
import { unusualSpend } from './unusual-spend.ts';

const HOUR_MS = 3_600_000;
const UNIT = 1_000_000_000n;
const nowMs = 1_000 * HOUR_MS;
const weekAgoMs = nowMs - 8 * 24 * HOUR_MS;
const terms = { percent: 300n, minimum: exactOf(1n) };
const week = { before: 168n * UNIT, firstAtMs: weekAgoMs };

test('more than three times the mean hour is unusual, exactly three times is not', () => {
  assert.equal(unusualSpend({ ...week, lastHour: 3n * UNIT }, terms, nowMs), undefined);
  const found = unusualSpend({ ...week, lastHour: 3n * UNIT + 1n }, terms, nowMs);
  assert.equal(formatExact(found?.meanHour ?? exactOf(0n)), '1');
});

test('little money is not worth telling', () => {
  const cheap = { lastHour: UNIT - 1n, before: 0n, firstAtMs: weekAgoMs };
  assert.equal(unusualSpend(cheap, terms, nowMs), undefined);
  assert.ok(unusualSpend({ ...cheap, lastHour: UNIT }, terms, nowMs));
});

test('a young tenant is judged by the hours it has, from a day on', () => {
  const since = (hours: number) => ({
    lastHour: 4n * UNIT,
    before: 24n * UNIT,
    firstAtMs: nowMs - (hours + 1) * HOUR_MS,
  });
  assert.equal(unusualSpend(since(23), terms, nowMs), undefined);
  assert.ok(unusualSpend(since(24), terms, nowMs), '4 an hour after 1 an hour');
  assert.equal(
    unusualSpend({ ...since(24), before: 0n, firstAtMs: nowMs }, terms, nowMs),
    undefined,
  );
});

test('spending more is never less unusual, and a higher bar never more', () => {
  const amount = fc.bigInt({ min: 0n, max: 10n ** 15n });
  fc.assert(
    fc.property(amount, amount, amount, fc.bigInt({ min: 100n, max: 10_000n }), (...given) => {
      const [lastHour, more, before, percent] = given;
      const at = (amountNano: bigint, barPercent: bigint): boolean => {
        const sample = { lastHour: amountNano, before, firstAtMs: weekAgoMs };
        const bar = { percent: barPercent, minimum: parseExact('0.5') };
        return unusualSpend(sample, bar, nowMs) !== undefined;
      };
      if (at(lastHour, percent)) assert.ok(at(lastHour + more, percent));
      if (!at(lastHour, percent)) assert.ok(!at(lastHour, percent + 1n));
    }),
  );
});
