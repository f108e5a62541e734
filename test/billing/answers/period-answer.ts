import { periodFrom, periodUntil } from '../../../src/billing/periods/billing-day.ts';
import { type Period, periodAt } from '../../../src/billing/periods/period-at.ts';
import { zoneClock } from '../../../src/billing/periods/zone-clock.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { readInstant, writeInstant } from '../dates.ts';
import { onlyFields, textField, plainText } from '../fields.ts';
import type { Answer } from '../judge-answer.ts';
import { type PeriodRule, readPeriodRule } from '../period-rule.ts';
import { CannotExpress, type Vector } from '../vector.ts';

/** The period around a moment, or the one that an invoice of a day is for. */
export function periodAnswer({ price, events }: Vector): Answer {
  const rule = readPeriodRule(textField(price ?? {}, 'period_rule', 'price') ?? '');
  onlyFields(price ?? {}, 'price', 'period_rule');
  const [event, ...others] = events;
  if (event === undefined || others.length > 0)
    throw new CannotExpress('events are not one moment');
  return rule.billingDay === undefined ? gridAnswer(rule, event) : invoiceAnswer(rule, event);
}

const moments = ['current', 'subscription_at', 'start', 'at'] as const;

function gridAnswer(rule: PeriodRule, event: JsonObject): Answer {
  onlyFields(event, 'events[0]', ...moments, 'anchor');
  const name = moments.find((one) => event[one] !== undefined);
  const text = plainText(event[name ?? 'current']);
  const atMs = readInstant(event[name ?? 'current'], `events[0].${name}`);
  const given =
    event['anchor'] === undefined ? atMs : readInstant(event['anchor'], 'events[0].anchor');
  const anchored =
    rule.anchor === undefined ? given : zoneClock(rule.timeZone).momentOf(rule.anchor);
  const find = (ms: number): Period =>
    periodAt(rule.way === 'add' ? atMs : anchored, rule.timeZone, rule.length, ms);
  const { startMs, endMs } = find(atMs);
  return {
    next: writeInstant(endMs, text),
    start: writeInstant(startMs, text),
    end: writeInstant(endMs, text),
    leap_again: leapAgain(find, endMs, text),
    after_next: writeInstant(find(endMs).endMs, text),
  };
}

/** The first later period that begins on a leap day again, if one does within a few years. */
function leapAgain(find: (ms: number) => Period, fromMs: number, text: string): string | undefined {
  if (!text.includes('-02-29')) return undefined;
  let atMs = fromMs;
  for (let count = 0; count < 120; count += 1) {
    const found = writeInstant(atMs, text);
    if (found.includes('-02-29')) return found;
    atMs = find(atMs).endMs;
  }
  return undefined;
}

function invoiceAnswer(rule: PeriodRule, event: JsonObject): Answer {
  onlyFields(event, 'events[0]', 'invoice_date', 'first', 'subscription_start');
  const text = textField(event, 'invoice_date', 'events[0]') ?? '';
  const invoiceMs = readInstant(event['invoice_date'], 'events[0].invoice_date');
  const { length, billingDay = 1, timeZone } = rule;
  if (length.unit !== 'month' && length.unit !== 'year') {
    throw new CannotExpress('price.period_rule: only months and years have a billing day');
  }
  const months = length.unit === 'year' ? length.count * 12 : length.count;
  const day = { dayOfMonth: billingDay, months, timeZone };
  if (rule.isInArrears) {
    if (event['first'] === true) throw new CannotExpress('nothing is in arrears on the first day');
    const began = event['subscription_start'];
    const beganMs = began === undefined ? undefined : readInstant(began, 'events[0]');
    return written(periodUntil(invoiceMs, day, beganMs), text);
  }
  return written(periodFrom(invoiceMs, day, event['first'] === true), text);
}

function written({ startMs, endMs }: Period, text: string): Answer {
  return { start: writeInstant(startMs, text), end: writeInstant(endMs, text) };
}
