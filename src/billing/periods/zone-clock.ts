/** A moment as the clocks of a zone show it, counted as if it were UTC; not a moment itself. */
export type WallMs = number;

/** Turns moments into what the clocks of one time zone show, and back. */
export interface ZoneClock {
  wallAt(ms: number): WallMs;
  /**
   * The moment at which the clocks show it. What they show twice is the first time; what they leave
   * out when they are put forward is moved forward by as much.
   */
  momentOf(wall: WallMs): number;
}

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

/** The clock of an IANA time zone. Throws RangeError for a zone that does not exist. */
export function zoneClock(timeZone: string): ZoneClock {
  if (timeZone === 'UTC') return { wallAt: (ms) => ms, momentOf: (wall) => wall };
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const wallAt = (ms: number): WallMs => {
    const parts = format.formatToParts(ms);
    const read = (type: Intl.DateTimeFormatPartTypes): number =>
      Number(parts.find((part) => part.type === type)?.value);
    const [year, month, day] = [read('year'), read('month'), read('day')];
    const seconds = Date.UTC(year, month - 1, day, read('hour'), read('minute'), read('second'));
    return seconds + (((ms % SECOND_MS) + SECOND_MS) % SECOND_MS);
  };
  const offsetAt = (ms: number): number => wallAt(ms) - ms;
  const momentOf = (wall: WallMs): number => {
    // No zone is more than a day away from UTC, and none changes its clocks twice in two days.
    const [before, after] = [offsetAt(wall - DAY_MS), offsetAt(wall + DAY_MS)];
    const moments = [wall - before, wall - after].filter((ms) => wallAt(ms) === wall);
    return moments.length === 0 ? wall - before : Math.min(...moments);
  };
  return { wallAt, momentOf };
}
