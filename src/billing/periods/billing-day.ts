import { type Exact, exactOf } from '../../kernel/exact.ts';
import { addMonths, type Period } from './period-at.ts';
import { periodShare } from './proration.ts';
import { type WallMs, type ZoneClock, zoneClock } from './zone-clock.ts';

/** When bills are made: on one day of the month, every so many months. */
export interface BillingDay {
  /** 1 to 31; a short month ends before it. */
  readonly dayOfMonth: number;
  /** 1, 3, 6 or 12 for months, quarters, half years and years. */
  readonly months: number;
  readonly timeZone: string;
}

/**
 * The period that begins at `startMs`: up to the billing day of the same month when that is still
 * to come, as the first period of a subscription may, else up to the billing day so many months
 * later.
 */
export function periodFrom(startMs: number, rule: BillingDay, isFirst: boolean): Period {
  const clock = zoneClock(rule.timeZone);
  const start = clock.wallAt(startMs);
  const sameMonth = onBillingDay(start, 0, rule);
  const isStub = isFirst && new Date(start).getUTCDate() < rule.dayOfMonth && sameMonth > start;
  const end = isStub ? sameMonth : onBillingDay(start, rule.months, rule);
  return { startMs, endMs: clock.momentOf(end) };
}

/** The whole period that ends at `endMs`, cut off where the subscription began. */
export function periodUntil(endMs: number, rule: BillingDay, beganMs?: number): Period {
  const clock = zoneClock(rule.timeZone);
  const startMs = clock.momentOf(onBillingDay(clock.wallAt(endMs), -rule.months, rule));
  return { startMs: beganMs === undefined ? startMs : Math.max(startMs, beganMs), endMs };
}

/**
 * The shares to bill in advance from `startMs` on, when the billing day comes at `untilMs`: the
 * first, shorter period as a share of the whole one that it is the end of, then the whole periods
 * that begin up to and at `untilMs`.
 */
export function advanceShares(startMs: number, untilMs: number, rule: BillingDay): Exact[] {
  const clock = zoneClock(rule.timeZone);
  const first = periodFrom(startMs, rule, true);
  const stub = leadingShare(first, rule);
  const whole = countPeriods(clock, first.endMs, untilMs, rule);
  const isWhole = stub.numerator === stub.denominator;
  const count = whole + (isWhole ? 1n : 0n);
  return [...(isWhole ? [] : [stub]), ...(count > 0n ? [exactOf(count)] : [])];
}

/** A first period's share of the whole one that would have ended when it ends. */
export function leadingShare(first: Period, rule: BillingDay): Exact {
  const whole = periodUntil(first.endMs, rule);
  return periodShare(first, whole, 'by_day', rule.timeZone);
}

/** A last period's share of the whole one that would have begun when it begins. */
export function trailingShare(last: Period, rule: BillingDay): Exact {
  const clock = zoneClock(rule.timeZone);
  const endMs = clock.momentOf(addMonths(clock.wallAt(last.startMs), rule.months));
  return periodShare(last, { startMs: last.startMs, endMs }, 'by_day', rule.timeZone);
}

/** How many whole periods begin from `firstMs` up to and at `untilMs`. */
function countPeriods(clock: ZoneClock, firstMs: number, untilMs: number, rule: BillingDay) {
  let count = 0n;
  let startMs = firstMs;
  while (startMs <= untilMs) {
    count += 1n;
    startMs = clock.momentOf(onBillingDay(clock.wallAt(startMs), rule.months, rule));
  }
  return count;
}

/** The billing day so many months from a date's month, at midnight of the zone's clocks. */
function onBillingDay(wall: WallMs, months: number, { dayOfMonth }: BillingDay): WallMs {
  const date = new Date(wall);
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1));
  const [year, month] = [first.getUTCFullYear(), first.getUTCMonth()];
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(dayOfMonth, last));
}
