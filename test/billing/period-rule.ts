import type { PeriodLength } from '../../src/billing/periods/period-at.ts';
import { monthNames } from './dates.ts';
import { CannotExpress } from './vector.ts';

/** A rule for periods, read from words such as `quarterly, billing day 10, in advance`. */
export interface PeriodRule {
  readonly length: PeriodLength;
  /** `boundary`: up to the next point of a grid; `add`: so much later, whatever the grid. */
  readonly way: 'boundary' | 'add';
  readonly billingDay?: number;
  readonly isInArrears: boolean;
  /** A moment of the grid as the zone's clocks show it; without one it is where it began. */
  readonly anchor?: number;
  readonly timeZone: string;
}

const lengths: Readonly<Record<string, PeriodLength>> = {
  daily: { unit: 'day', count: 1 },
  weekly: { unit: 'week', count: 1 },
  biweekly: { unit: 'week', count: 2 },
  fortnightly: { unit: 'week', count: 2 },
  monthly: { unit: 'month', count: 1 },
  bimonthly: { unit: 'month', count: 2 },
  quarterly: { unit: 'month', count: 3 },
  'half-yearly': { unit: 'month', count: 6 },
  'semi-annual': { unit: 'month', count: 6 },
  annual: { unit: 'year', count: 1 },
  annually: { unit: 'year', count: 1 },
  yearly: { unit: 'year', count: 1 },
};
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
/** Words that say nothing more than the rest of the rule does. */
const filler = /^(?:anchor(?:ed)?|anniversary|day|on|at|the|in|advance|arrears|UTC|from|calendar)$/;
const DAY_MS = 86_400_000;
/** 2 January 2000 was a Sunday. */
const SUNDAY_MS = Date.UTC(2000, 0, 2);

/** Reads a rule; words that are not understood are an error, because they may matter. */
export function readPeriodRule(text: string): PeriodRule {
  const [main = ''] = text.split(/,? start(?:ing|ed)? /);
  const words = main
    .replace(/,/g, ' ')
    .split(/\s+/)
    .filter((word) => word !== '');
  const isInArrears = /\barrears\b/.test(main);
  const every = /^every (\d+) (day|week|month|year)s?$/.exec(main);
  const added = every ?? /^add (\d+) (day|week|month|year)s?$/.exec(main);
  if (added !== null) {
    const length = { unit: added[2] as PeriodLength['unit'], count: Number(added[1]) };
    return { length, way: 'add', isInArrears, timeZone: 'UTC' };
  }
  const length = lengths[words[0]?.toLowerCase() ?? ''];
  if (length === undefined) throw new CannotExpress(`price.period_rule ${JSON.stringify(text)}`);
  const timeZone = words.find((word) => /^[A-Z]\w+\/\w+/.test(word)) ?? 'UTC';
  const billing = /billing day (\d{1,2})/.exec(main)?.[1];
  const rest = words.slice(1).filter((word) => word !== timeZone);
  if (billing !== undefined) {
    refuseOthers(rest, text, /^billing$|^\d{1,2}$/);
    return { length, way: 'boundary', billingDay: Number(billing), isInArrears, timeZone };
  }
  const anchor = readAnchor(rest, text);
  return {
    length,
    way: 'boundary',
    isInArrears,
    timeZone,
    ...(anchor === undefined ? {} : { anchor }),
  };
}

function refuseOthers(words: readonly string[], text: string, known: RegExp): void {
  const other = words.find((word) => !known.test(word) && !filler.test(word));
  if (other !== undefined) {
    throw new CannotExpress(
      `price.period_rule ${JSON.stringify(text)}: ${other} is not understood`,
    );
  }
}

/** A date of the grid: a day of the month, of the year or of the week, and a time of day. */
function readAnchor(words: readonly string[], text: string): number | undefined {
  const day = words.find((word) => /^\d{1,2}(?:st|nd|rd|th)?$/.test(word));
  const month = words.map((word) => monthNames.indexOf(word)).find((index) => index >= 0);
  const weekday = words.map((word) => weekdays.indexOf(word)).find((index) => index >= 0);
  const time = words.find((word) => /^\d{1,2}:\d\d$/.test(word));
  const known = /^\d{1,2}(?:st|nd|rd|th)?$|^\d{1,2}:\d\d$/;
  const names = [...monthNames, ...weekdays];
  refuseOthers(
    words.filter((word) => !names.includes(word)),
    text,
    known,
  );
  if (day === undefined && weekday === undefined && time === undefined) return undefined;
  const [hours = 0, minutes = 0] = (time ?? '0:0').split(':').map(Number);
  const timeMs = (hours * 60 + minutes) * 60_000;
  if (weekday !== undefined) return SUNDAY_MS + weekday * DAY_MS + timeMs;
  // The year 2000 has a leap day, and January has 31 days: no anchor is cut off.
  return Date.UTC(2000, month ?? 0, Number.parseInt(day ?? '1', 10)) + timeMs;
}
