import {
  advanceShares,
  type BillingDay,
  leadingShare,
  trailingShare,
} from '../../../src/billing/periods/billing-day.ts';
import type { Period } from '../../../src/billing/periods/period-at.ts';
import {
  periodShare,
  type ProrationStep,
  sumShares,
  thirtyDayShare,
} from '../../../src/billing/periods/proration.ts';
import { printMinorUnits } from '../../../src/kernel/currency.ts';
import {
  add,
  compare,
  type Exact,
  exactZero,
  multiply,
  negate,
  roundTo,
} from '../../../src/kernel/exact.ts';
import type { Json, JsonObject } from '../../../src/kernel/json.ts';
import { readInstant } from '../dates.ts';
import {
  isObject,
  needExact,
  onlyFields,
  readObject,
  readObjects,
  toExact,
  plainText,
} from '../fields.ts';
import type { Answer, AnswerLine } from '../judge-answer.ts';
import { CannotExpress, type Vector } from '../vector.ts';

/** Shares of periods, and what they cost or give back. */
export function prorationAnswer(vector: Vector): Answer {
  const price = vector.price ?? {};
  onlyFields(price, 'price', 'model', 'amount', 'dates', 'instants', 'epoch_seconds', 'time_zone');
  if (price['dates'] !== undefined) return datesAnswer(vector, price);
  if (vector.expected['lines'] === undefined) {
    throw new CannotExpress(
      'price.dates is missing: nothing says which part of which period it is',
    );
  }
  const given = readPeriods(price);
  const rows = readObjects(vector.expected['lines'], 'expected.lines');
  const lines = rows.map((row, index) =>
    lineAnswer(row, given, 'by_day', `expected.lines[${index}]`),
  );
  const amounts = lines.map(({ amount }) => amount);
  const net = amounts.reduce(add, exactZero);
  const fine = vector.expected['ms_granular'];
  return {
    lines,
    net: { amount: net, lines: amounts },
    share: sumShares(lines.map(({ share }) => share)),
    ms_granular: isObject(fine) ? fineAnswer(rows, given) : undefined,
  };
}

interface Given {
  readonly whole: Period;
  readonly changeMs: number;
  readonly timeZone: string;
  /** Seconds since 1970 are exact; dates are counted in days. */
  readonly step: ProrationStep;
}

function readPeriods(price: JsonObject): Given | undefined {
  const timeZone = typeof price['time_zone'] === 'string' ? price['time_zone'] : 'UTC';
  if (price['instants'] !== undefined) {
    const { start, end, change } = readObject(price['instants'], 'price.instants');
    return {
      whole: {
        startMs: readInstant(start, 'price.instants.start'),
        endMs: readInstant(end, 'price.instants.end'),
      },
      changeMs: readInstant(change, 'price.instants.change'),
      timeZone,
      step: 'by_day',
    };
  }
  if (price['epoch_seconds'] === undefined) return undefined;
  const seconds = readObject(price['epoch_seconds'], 'price.epoch_seconds');
  const ms = (name: string): number => {
    const value = seconds[name];
    if (!Number.isSafeInteger(value)) throw new CannotExpress(`price.epoch_seconds.${name}`);
    return Number(value) * 1000;
  };
  const whole = { startMs: ms('period_start'), endMs: ms('period_end') };
  return { whole, changeMs: ms('change'), timeZone, step: 'by_millisecond' };
}

type ShareLine = Required<AnswerLine>;

/**
 * A line's share follows from the dates where there are any; whole periods, and shares without
 * dates, are given.
 */
function lineAnswer(
  row: JsonObject,
  given: Given | undefined,
  step: ProrationStep,
  place: string,
): ShareLine {
  const said = needExact(row, 'share', place);
  const full = needExact(row, 'full_amount', place);
  const isGiven = given === undefined || said.denominator === 1n;
  const share = isGiven ? said : changedShare(given, step, row, place);
  const amount = multiply(full, share);
  return { amount: givesBack(row) ? negate(amount) : amount, share };
}

/** Whether a line charges or gives back is given, like its full amount: only its sign says so. */
function givesBack(row: JsonObject): boolean {
  return plainText(row['exact']).startsWith('-');
}

/** The part before or after the change, whichever the line speaks of. */
function changedShare(given: Given, step: ProrationStep, row: JsonObject, place: string): Exact {
  const { whole, changeMs, timeZone } = given;
  const finest = given.step === 'by_millisecond' ? given.step : step;
  const share = (startMs: number, endMs: number): Exact =>
    periodShare({ startMs, endMs }, whole, finest, timeZone);
  const said = needExact(row, 'share', place);
  const [before, after] = [share(whole.startMs, changeMs), share(changeMs, whole.endMs)];
  const byDay = (one: Exact): Exact =>
    finest === step && step === 'by_day' ? one : toDays(given, one === before);
  if (compare(byDay(after), said) === 0) return after;
  if (compare(byDay(before), said) === 0) return before;
  throw new CannotExpress(
    `${place}.share is not of the time before or after price.instants.change`,
  );
}

/** The same part counted in days, by which a line says what it speaks of. */
function toDays({ whole, changeMs, timeZone, step }: Given, isBefore: boolean): Exact {
  const part = isBefore
    ? { startMs: whole.startMs, endMs: changeMs }
    : { startMs: changeMs, endMs: whole.endMs };
  return periodShare(part, whole, step, timeZone);
}

function fineAnswer(rows: readonly JsonObject[], given: Given | undefined): Answer {
  if (given === undefined) throw new CannotExpress('expected.ms_granular needs price.instants');
  const lines = rows.map((row, index) =>
    lineAnswer(row, given, 'by_millisecond', `expected.lines[${index}]`),
  );
  const amounts = lines.map(({ amount }) => amount);
  return { lines: amounts, net: { amount: amounts.reduce(add, exactZero), lines: amounts } };
}

const nineDigits = 9;

/** Shares of months that begin or end on another day than the billing day. */
function datesAnswer({ notes }: Vector, price: JsonObject): Answer {
  const dates = readObject(price['dates'], 'price.dates');
  const parts = dateShares(dates, /fixed 30-day months/i.test(notes));
  const share = sumShares(parts);
  const amount = multiply(toExact(price['amount'] ?? '1', 'price.amount'), share);
  return {
    share,
    parts,
    amount,
    share_scale9_half_up: printMinorUnits(roundTo(share, nineDigits, 'half_up'), nineDigits),
  };
}

function dateShares(dates: JsonObject, isThirtyDays: boolean): readonly Exact[] {
  onlyFields(dates, 'price.dates', 'start', 'end', 'next_anchor', 'until');
  const startMs = readInstant(dates['start'], 'price.dates.start');
  const [name, ...others] = Object.keys(dates).filter((one) => one !== 'start');
  if (name === undefined || others.length > 0) {
    throw new CannotExpress('price.dates has not one start and one end');
  }
  const endMs = readInstant(dates[name], `price.dates.${name}`);
  const part: Period = { startMs, endMs };
  if (isThirtyDays) return [thirtyDayShare(part, 'UTC')];
  const rule = (at: Json | undefined): BillingDay => ({
    dayOfMonth: Number(plainText(at).slice(8, 10)),
    months: 1,
    timeZone: 'UTC',
  });
  if (name === 'next_anchor') return [leadingShare(part, rule(dates[name]))];
  if (name === 'until') return advanceShares(startMs, endMs, rule(dates[name]));
  return [trailingShare(part, rule(dates['start']))];
}
