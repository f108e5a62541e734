import { add, type Exact, exactZero, fraction } from '../../kernel/exact.ts';
import type { Period } from './period-at.ts';
import { zoneClock } from './zone-clock.ts';

/** How fine a part of a period is measured. */
export type ProrationStep = 'by_day' | 'by_millisecond';

const DAY_MS = 86_400_000;

/**
 * Which share of `whole` the part is. By day: the dates on the zone's calendar that begin in it, so
 * the day of a change belongs to what comes after; by millisecond: real time, in which some days
 * have 23 or 25 hours. The shares of the parts of a period sum to 1. Throws RangeError when `whole`
 * has no day or no time in it.
 */
export function periodShare(
  part: Period,
  whole: Period,
  step: ProrationStep,
  timeZone: string,
): Exact {
  const length =
    step === 'by_millisecond'
      ? ({ startMs, endMs }: Period): bigint => BigInt(endMs) - BigInt(startMs)
      : dateCounter(timeZone);
  const size = length(whole);
  if (size <= 0n) throw new RangeError(`The period has nothing to divide ${step}`);
  return fraction(length(part), size);
}

/**
 * Which share of a month of always 30 days lies between two dates of the zone's calendar; the 31st
 * counts as the 30th.
 */
export function thirtyDayShare({ startMs, endMs }: Period, timeZone: string): Exact {
  const clock = zoneClock(timeZone);
  const days = (ms: number): bigint => {
    const date = new Date(clock.wallAt(ms));
    const months = BigInt(date.getUTCFullYear()) * 12n + BigInt(date.getUTCMonth());
    return months * 30n + BigInt(Math.min(date.getUTCDate(), 30));
  };
  return fraction(days(endMs) - days(startMs), 30n);
}

/** The share of several parts together. */
export function sumShares(shares: readonly Exact[]): Exact {
  return shares.reduce(add, exactZero);
}

/** Counts the dates of a zone's calendar from one moment to another. */
function dateCounter(timeZone: string): (period: Period) => bigint {
  const clock = zoneClock(timeZone);
  const date = (ms: number): bigint => BigInt(Math.floor(clock.wallAt(ms) / DAY_MS));
  return ({ startMs, endMs }) => date(endMs) - date(startMs);
}
