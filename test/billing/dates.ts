import { plainText } from './fields.ts';
import type { Json } from '../../src/kernel/json.ts';
import { CannotExpress } from './vector.ts';

/** The months as vectors name them. */
export const monthNames: readonly string[] =
  'January February March April May June July August September October November December'.split(
    ' ',
  );

const DATE = /^\d{4}-\d\d-\d\d$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** A moment in milliseconds; a date alone is its midnight in UTC. */
export function readInstant(value: Json | undefined, place: string): number {
  const ms =
    typeof value === 'string' && (DATE.test(value) || INSTANT.test(value))
      ? Date.parse(value)
      : NaN;
  if (Number.isNaN(ms)) throw new CannotExpress(`${place} is not a date: ${JSON.stringify(value)}`);
  return ms;
}

/** A moment as a date, or with its time when the text it answers had one. */
export function writeInstant(ms: number, like: string): string {
  const text = new Date(ms).toISOString();
  return DATE.test(like) ? text.slice(0, 10) : text.replace('.000Z', 'Z');
}

/** A month and day without a year, as a moment of 2001, which has no leap day. */
export function readMonthDay(value: Json | undefined, place: string): number {
  if (typeof value === 'string' && DATE.test(value)) return readInstant(value, place);
  const [, month, day] = /^([A-Z][a-z]+) (\d{1,2})$/.exec(plainText(value)) ?? [];
  const index = monthNames.findIndex((name) => name === month);
  if (index < 0 || day === undefined) throw new CannotExpress(`${place} is not a month and a day`);
  return Date.UTC(2001, index, Number(day));
}
