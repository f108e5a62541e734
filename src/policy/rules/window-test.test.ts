import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOpen, nextLookMs, windowProblem } from './window-test.ts';

const at = (text: string): number => Date.parse(text);

test('a window is open from a moment until another', () => {
  const window = { fromMs: 100, untilMs: 200 };
  assert.deepEqual(
    [99, 100, 199, 200].map((ms) => isOpen(window, ms)),
    [false, true, true, false],
  );
  assert.equal(nextLookMs(window, 50), 100);
  assert.equal(nextLookMs(window, 150), 200);
  assert.equal(nextLookMs(window, 250), Infinity);
  assert.equal(isOpen({}, 0), true);
});

test('a window is open at times of some days, in a time zone', () => {
  // A Friday; Zurich is two hours ahead in summer and one in winter.
  const office = { days: [1, 2, 3, 4, 5], start: '09:00', end: '17:30', timeZone: 'Europe/Zurich' };
  assert.equal(isOpen(office, at('2026-07-03T07:00:00Z')), true);
  assert.equal(isOpen(office, at('2026-07-03T06:59:59Z')), false);
  assert.equal(isOpen(office, at('2026-07-03T15:30:00Z')), false);
  assert.equal(isOpen(office, at('2026-07-04T10:00:00Z')), false);
  assert.equal(isOpen(office, at('2026-12-04T07:30:00Z')), false);
  assert.equal(isOpen(office, at('2026-12-04T08:00:00Z')), true);
  assert.equal(nextLookMs(office, at('2026-07-03T07:00:20Z')), at('2026-07-03T07:01:00Z'));
});

test('a night belongs to the day that it begins on', () => {
  const night = { days: [5], start: '22:00', end: '06:00' };
  assert.equal(isOpen(night, at('2026-07-03T22:00:00Z')), true);
  assert.equal(isOpen(night, at('2026-07-04T05:59:00Z')), true);
  assert.equal(isOpen(night, at('2026-07-04T06:00:00Z')), false);
  assert.equal(isOpen(night, at('2026-07-03T05:00:00Z')), false);
});

test('what makes no sense is said', () => {
  assert.match(windowProblem({ timeZone: 'Mars/Base' }) ?? '', /IANA/);
  assert.match(windowProblem({ fromMs: 5, untilMs: 5 }) ?? '', /after fromMs/);
  assert.equal(windowProblem({ timeZone: 'Asia/Tokyo', fromMs: 1 }), undefined);
});
