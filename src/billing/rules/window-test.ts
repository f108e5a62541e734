import type { TimeWindow } from '../plans/plan.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** A moment on the clock of a zone: the day of the week, 1 is Monday, and the minute of the day. */
interface WallClock {
  readonly weekday: number;
  readonly minute: number;
}

/**
 * Tells of moments, in epoch milliseconds, whether a window is open. It goes by the clock on the
 * wall: an hour that a zone skips is in no window, one that it repeats is in it twice. A window
 * over midnight belongs to the day on which it begins. Throws RangeError for an unknown zone.
 */
export function windowTest(window: TimeWindow): (atMs: number) => boolean {
  const clock = clockOf(window.timeZone);
  const from = minuteOf(window.from ?? '00:00');
  const to = window.to === undefined ? DAY_MINUTES : minuteOf(window.to);
  const days = new Set(window.weekdays ?? [1, 2, 3, 4, 5, 6, 7]);
  return (atMs) => {
    const { weekday, minute } = clock(atMs);
    if (from < to) return days.has(weekday) && minute >= from && minute < to;
    const before = weekday === 1 ? 7 : weekday - 1;
    return (minute >= from && days.has(weekday)) || (minute < to && days.has(before));
  };
}

/** Reads clocks; the last minute is remembered, for records come in the order of their time. */
function clockOf(timeZone: string): (atMs: number) => WallClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  let lastMinute = NaN;
  let last: WallClock = { weekday: 1, minute: 0 };
  return (atMs) => {
    const minute = Math.floor(atMs / MINUTE_MS);
    if (minute !== lastMinute) {
      last = readClock(format, minute * MINUTE_MS);
      lastMinute = minute;
    }
    return last;
  };
}

function readClock(format: Intl.DateTimeFormat, atMs: number): WallClock {
  const parts = format.formatToParts(atMs);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  return {
    weekday: DAYS.indexOf(part('weekday')) + 1,
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

function minuteOf(time: string): number {
  const [hours, minutes] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}
