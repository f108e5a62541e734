import { advance, openState } from '../../../src/billing/rating/advance.ts';
import type { MeterState } from '../../../src/billing/rating/meter-state.ts';
import type { Price } from '../../../src/billing/rating/price.ts';
import { add, type Exact, exactZero, subtract } from '../../../src/kernel/exact.ts';
import type { Json, JsonObject } from '../../../src/kernel/json.ts';
import { isObject, needExact, onlyFields, textField, plainText } from '../fields.ts';
import type { Answer } from '../judge-answer.ts';
import { toPrice } from '../to-price.ts';
import { CannotExpress, type Vector } from '../vector.ts';
import { monthNames } from '../dates.ts';
import { priceAnswer } from './price-answer.ts';

/** What comes late, in its own period: what was billed of it before is not billed again. */
export function lateAnswer(vector: Vector): Answer {
  const { price, events, expected } = vector;
  if (price === undefined) throw new CannotExpress('there is no price');
  if (events.some((event) => 'period' in event)) return periodsAnswer(toPrice(price), vector);
  if (!events.some((event) => 'on' in event)) return priceAnswer(vector);
  const one = toPrice(price);
  const months = new Map<string, MeterState>();
  for (const [index, event] of events.entries()) {
    const place = `events[${index}]`;
    if ('recorded_in' in event) {
      throw new CannotExpress(
        `${place}.recorded_in: how far a late event may look back is not said`,
      );
    }
    onlyFields(event, place, 'on', 'units');
    const month = monthOf(textField(event, 'on', place) ?? '', place);
    const state = months.get(month) ?? openState(one);
    months.set(month, advance(one, state, { quantity: needExact(event, 'units', place) }));
  }
  const labels = Array.isArray(expected['lines']) ? (expected['lines'] as readonly Json[]) : [];
  const lines = labels.map((line, index) => {
    const label = isObject(line) ? plainText(line['label']) : '';
    if (/cancel/i.test(label)) {
      throw new CannotExpress(
        `expected.lines[${index}]: the moment of the cancellation is not said`,
      );
    }
    const state = months.get(label.split(/\W/)[0] ?? '');
    if (state === undefined) throw new CannotExpress(`expected.lines[${index}]: no month is named`);
    return state.amount;
  });
  if (lines.length !== months.size)
    throw new CannotExpress('events are in other months than lines');
  return { lines, total: { amount: lines.reduce(add, exactZero), lines } };
}

function monthOf(date: string, place: string): string {
  const month = /^\d{4}-(\d\d)-\d\d$/.exec(date)?.[1];
  const name = month === undefined ? undefined : monthNames[Number(month) - 1];
  if (name === undefined) throw new CannotExpress(`${place}.on is not a date`);
  return name;
}

/** Numbered periods, some of whose events were billed before. */
function periodsAnswer(price: Price, { events }: Vector): Answer {
  const periods = new Map<string, { billed: MeterState; now: MeterState }>();
  for (const [index, event] of events.entries()) {
    const place = `events[${index}]`;
    onlyFields(event, place, 'period', 'units', 'billed', 'late');
    const period = textField(event, 'period', place) ?? '';
    const open = openState(price);
    const { billed, now } = periods.get(period) ?? { billed: open, now: open };
    const after = advance(price, now, { quantity: needExact(event, 'units', place) });
    periods.set(period, { billed: isBilled(event) ? after : billed, now: after });
  }
  const lines: readonly Exact[] = [...periods.values()]
    .map(({ billed, now }) => subtract(now.amount, billed.amount))
    .filter(({ numerator }) => numerator !== 0n);
  return { lines, total: { amount: lines.reduce(add, exactZero), lines } };
}

function isBilled(event: JsonObject): boolean {
  return event['billed'] === true;
}
