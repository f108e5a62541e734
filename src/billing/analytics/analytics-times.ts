import { zoneClock } from '../periods/zone-clock.ts';
import type { Period } from '../periods/period-at.ts';
import type { RollupTimes } from './store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A range made wider to whole hours of UTC. */
export function wholeHours({ startMs, endMs }: Period): Period {
  return {
    startMs: Math.floor(startMs / HOUR_MS) * HOUR_MS,
    endMs: Math.ceil(endMs / HOUR_MS) * HOUR_MS,
  };
}

/** The fewest rows that make up a range of whole hours: days in its middle, hours at its ends. */
export function timesOf({ startMs, endMs }: Period): RollupTimes {
  const firstDay = Math.ceil(startMs / DAY_MS) * DAY_MS;
  const lastDay = Math.floor(endMs / DAY_MS) * DAY_MS;
  if (firstDay >= lastDay) return { hours: steps(startMs, endMs, HOUR_MS), days: [] };
  const hours = [...steps(startMs, firstDay, HOUR_MS), ...steps(lastDay, endMs, HOUR_MS)];
  return { hours, days: steps(firstDay, lastDay, DAY_MS) };
}

/** A part of a series of sums. */
export interface SeriesPlan {
  /** One after the other, without gaps. */
  readonly buckets: readonly Period[];
  readonly times: RollupTimes;
  /** To which buckets a row goes, and whether it is added or taken away there. */
  placesOf(grain: 'hour' | 'day', startMs: number): readonly SeriesPlace[];
}

/** A row's place in a series. */
export interface SeriesPlace {
  readonly bucket: number;
  readonly sign: 1 | -1;
}

/** Every hour of a range of whole hours. */
export function hourSeries({ startMs, endMs }: Period): SeriesPlan {
  const hours = steps(startMs, endMs, HOUR_MS);
  return {
    buckets: hours.map((hourMs) => ({ startMs: hourMs, endMs: hourMs + HOUR_MS })),
    times: { hours, days: [] },
    placesOf: (_, at) => [{ bucket: (at - startMs) / HOUR_MS, sign: 1 }],
  };
}

/**
 * Every day of a zone in a range. A day of the zone is the day of UTC that it shares most with, and
 * the hours that lie in one of the two alone are added or taken away: so a day costs one row and
 * few hours, in every zone. Days begin with a whole hour of UTC, the first one where clocks
 * differ from UTC by a part of an hour.
 */
export function daySeries(range: Period, timeZone: string): SeriesPlan {
  const buckets = localDays(range, timeZone);
  const dayOf = (atMs: number): number =>
    buckets.findIndex(({ startMs, endMs }) => startMs <= atMs && atMs < endMs);
  const first = buckets[0]?.startMs ?? 0;
  const last = buckets.at(-1)?.endMs ?? 0;
  const homes = new Map<number, number>();
  for (const dayMs of steps(Math.floor(first / DAY_MS) * DAY_MS, last, DAY_MS)) {
    const home = dayOf(dayMs + DAY_MS / 2);
    if (home !== -1) homes.set(dayMs, home);
  }
  const moved = new Map<number, SeriesPlace[]>();
  const from = Math.min(first, ...homes.keys());
  const until = Math.max(last, ...[...homes.keys()].map((dayMs) => dayMs + DAY_MS));
  for (const hourMs of steps(from, until, HOUR_MS)) {
    const bucket = dayOf(hourMs);
    const home = homes.get(Math.floor(hourMs / DAY_MS) * DAY_MS) ?? -1;
    if (bucket === home) continue;
    const places: SeriesPlace[] = [];
    if (bucket !== -1) places.push({ bucket, sign: 1 });
    if (home !== -1) places.push({ bucket: home, sign: -1 });
    moved.set(hourMs, places);
  }
  return {
    buckets,
    times: { hours: [...moved.keys()], days: [...homes.keys()] },
    placesOf: (grain, startMs) => {
      if (grain === 'hour') return moved.get(startMs) ?? [];
      const bucket = homes.get(startMs);
      return bucket === undefined ? [] : [{ bucket, sign: 1 }];
    },
  };
}

/** The days of a zone in a range of whole hours; the first and the last may be cut off. */
export function localDays({ startMs, endMs }: Period, timeZone: string): readonly Period[] {
  const clock = zoneClock(timeZone);
  const days: Period[] = [];
  let atMs = startMs;
  while (atMs < endMs) {
    const midnight = (Math.floor(clock.wallAt(atMs) / DAY_MS) + 1) * DAY_MS;
    const nextMs = Math.ceil(clock.momentOf(midnight) / HOUR_MS) * HOUR_MS;
    // Where clocks are set back at midnight the next one may be shown twice.
    const untilMs = Math.min(endMs, Math.max(nextMs, atMs + HOUR_MS));
    days.push({ startMs: atMs, endMs: untilMs });
    atMs = untilMs;
  }
  return days;
}

/** The start of the day of a zone that a moment lies in, on a whole hour of UTC. */
export function localDayStart(atMs: number, timeZone: string): number {
  const clock = zoneClock(timeZone);
  const midnight = Math.floor(clock.wallAt(atMs) / DAY_MS) * DAY_MS;
  return Math.ceil(clock.momentOf(midnight) / HOUR_MS) * HOUR_MS;
}

/** 0 for Sunday to 6, as the clocks of a zone show a moment. */
export function localWeekday(atMs: number, timeZone: string): number {
  return new Date(zoneClock(timeZone).wallAt(atMs)).getUTCDay();
}

function steps(fromMs: number, untilMs: number, stepMs: number): number[] {
  const count = Math.max(0, Math.ceil((untilMs - fromMs) / stepMs));
  return Array.from({ length: count }, (_, index) => fromMs + index * stepMs);
}
