import type { PolicyWindow } from '../store.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MINUTE_MS = 60_000;

interface LocalTime {
  readonly day: number;
  readonly time: string;
}

/** What time it is in zones, of one moment: many windows share a zone, and reading it is slow. */
export type LocalTimes = Map<string, LocalTime>;

/** True while the window is open; `times` keeps what was found for other windows of this moment. */
export function isOpen(window: PolicyWindow, atMs: number, times: LocalTimes = new Map()): boolean {
  const { fromMs = -Infinity, untilMs = Infinity } = window;
  if (atMs < fromMs || atMs >= untilMs) return false;
  if (window.days === undefined && window.start === undefined && window.end === undefined) {
    return true;
  }
  const { day, time } = localTime(atMs, window.timeZone ?? 'UTC', times);
  const { start = '00:00', end = '24:00', days } = window;
  const isOn = (one: number): boolean => days === undefined || days.includes(one);
  if (start < end) return isOn(day) && time >= start && time < end;
  // Over midnight the night belongs to the day that it began on.
  const before = day === 1 ? 7 : day - 1;
  return (time >= start && isOn(day)) || (time < end && isOn(before));
}

/**
 * When to look at a window again: at its own ends, and every minute where it has times of the day,
 * so that whatever a time zone does is followed.
 */
export function nextLookMs(window: PolicyWindow, atMs: number): number {
  const { fromMs = -Infinity, untilMs = Infinity } = window;
  if (atMs >= untilMs) return Infinity;
  if (atMs < fromMs) return fromMs;
  const hasTimes = (window.days ?? window.start ?? window.end) !== undefined;
  const nextMinuteMs = (Math.floor(atMs / MINUTE_MS) + 1) * MINUTE_MS;
  return hasTimes ? Math.min(untilMs, nextMinuteMs) : untilMs;
}

/** What is wrong with a window, in words for who wrote it; undefined for nothing. */
export function windowProblem({ timeZone, fromMs, untilMs }: PolicyWindow): string | undefined {
  if (fromMs !== undefined && untilMs !== undefined && untilMs <= fromMs) {
    return 'Give an untilMs after fromMs.';
  }
  if (timeZone === undefined || formatOf(timeZone) !== undefined) return undefined;
  return 'Give a timeZone by its IANA name, for example Europe/Zurich.';
}

function localTime(atMs: number, timeZone: string, times: LocalTimes): LocalTime {
  const known = times.get(timeZone);
  if (known !== undefined) return known;
  const parts = formatOf(timeZone)?.formatToParts(atMs) ?? [];
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  const found = {
    day: DAYS.indexOf(part('weekday')) + 1,
    time: `${part('hour')}:${part('minute')}`,
  };
  times.set(timeZone, found);
  return found;
}

function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  } catch {
    return undefined;
  }
}
