import { type WallMs, type ZoneClock, zoneClock } from './zone-clock.ts';

/** How long a billing period is. */
export interface PeriodLength {
  readonly unit: 'day' | 'week' | 'month' | 'year';
  /** Units in it, 1 or more. */
  readonly count: number;
}

/** A part of time; the end does not belong to it. Milliseconds since 1970 in UTC. */
export interface Period {
  readonly startMs: number;
  readonly endMs: number;
}

const DAY_MS = 86_400_000;
const unitDays = { day: 1, week: 7 } as const;
const unitMonths = { month: 1, year: 12 } as const;

/**
 * The billing period that `atMs` belongs to. Periods are counted from the anchor in both
 * directions, on the calendar of the zone: one begins at the anchor's time of day, on its day of
 * the month or on the last day of a month that is too short, so 31 January is followed by
 * 28 February and 31 March. A day with a change of clocks is as long as it really is.
 */
export function periodAt(
  anchorMs: number,
  timeZone: string,
  length: PeriodLength,
  atMs: number,
): Period {
  if (!Number.isInteger(length.count) || length.count < 1) {
    throw new RangeError(`A period has at least one ${length.unit}, not ${length.count}`);
  }
  const clock = zoneClock(timeZone);
  const anchor = clock.wallAt(anchorMs);
  const startOf = (index: number): number => periodStart(clock, anchor, length, index);
  let index = estimateIndex(anchor, length, clock.wallAt(atMs));
  while (startOf(index) > atMs) index -= 1;
  while (startOf(index + 1) <= atMs) index += 1;
  return { startMs: startOf(index), endMs: startOf(index + 1) };
}

/** The date `months` months later, at the same time of day, on the last day of a short month. */
export function addMonths(wall: WallMs, months: number): WallMs {
  const date = new Date(wall);
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  const timeOfDay = wall - Math.floor(wall / DAY_MS) * DAY_MS;
  return first.getTime() + (Math.min(date.getUTCDate(), last) - 1) * DAY_MS + timeOfDay;
}

function periodStart(
  clock: ZoneClock,
  anchor: WallMs,
  { unit, count }: PeriodLength,
  index: number,
): number {
  if (unit === 'day' || unit === 'week') {
    return clock.momentOf(anchor + index * count * unitDays[unit] * DAY_MS);
  }
  return clock.momentOf(addMonths(anchor, index * count * unitMonths[unit]));
}

/** Which period it is, give or take one. */
function estimateIndex(anchor: WallMs, { unit, count }: PeriodLength, wall: WallMs): number {
  if (unit === 'day' || unit === 'week') {
    return Math.floor((wall - anchor) / (unitDays[unit] * count * DAY_MS));
  }
  const [from, to] = [new Date(anchor), new Date(wall)];
  const years = to.getUTCFullYear() - from.getUTCFullYear();
  const months = years * 12 + to.getUTCMonth() - from.getUTCMonth();
  return Math.floor(months / (unitMonths[unit] * count));
}
