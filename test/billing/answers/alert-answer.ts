import { crossedThresholds } from '../../../src/billing/alerts/crossed-thresholds.ts';
import {
  advanceProgress,
  finalInvoice,
  noProgress,
} from '../../../src/billing/invoices/progressive-invoices.ts';
import { add, type Exact, exactZero, parseExact } from '../../../src/kernel/exact.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { decimalField, needExact, onlyFields, readObjects, readTexts, toExact } from '../fields.ts';
import type { Answer } from '../judge-answer.ts';
import { toPrice } from '../to-price.ts';
import { closeAmount, advance, openState } from '../../../src/billing/rating/advance.ts';
import { CannotExpress, type Vector } from '../vector.ts';

function readThresholds(price: JsonObject): { values: readonly Exact[]; step?: Exact } {
  const values = readTexts(price['thresholds'], 'price.thresholds').map((text, index) =>
    toExact(text, `price.thresholds[${index}]`),
  );
  const step = decimalField(price, 'recurring', 'price');
  return step === undefined ? { values } : { values, step: parseExact(step) };
}

/** Thresholds that usage or a balance crosses, event by event. */
export function alertAnswer({ price, events, expected }: Vector): Answer {
  const given = price ?? {};
  onlyFields(given, 'price', 'thresholds', 'recurring', 'direction');
  const isFalling = given['direction'] === 'decreasing';
  if (!isFalling && given['direction'] !== undefined && given['direction'] !== 'increasing') {
    throw new CannotExpress(`price.direction ${JSON.stringify(given['direction'])}`);
  }
  const direction = isFalling ? 'falling' : 'rising';
  const thresholds = { ...readThresholds(given), direction } as const;
  const values = events.map((event, index) => {
    const name = ['value', 'balance'].find((one) => event[one] !== undefined) ?? 'value';
    onlyFields(event, `events[${index}]`, name, 'at');
    return needExact(event, name, `events[${index}]`);
  });
  // A balance falls from its first value; usage rises from nothing.
  const [start = exactZero, ...falls] = values;
  const [first, rest] = isFalling ? [start, falls] : [exactZero, values];
  const crossed = rest.map((value, index) =>
    crossedThresholds(thresholds, rest[index - 1] ?? first, value),
  );
  const wanted = expected['crossed'];
  const isByEvent = Array.isArray(wanted) && wanted.some((one) => Array.isArray(one));
  if (!isByEvent) return { crossed: crossed.flat() };
  const all = isFalling && wanted.length === values.length ? [[], ...crossed] : crossed;
  return { crossed: all };
}

/** Invoices that are made when usage reaches a threshold, and the last one of the period. */
export function progressAnswer({ price, events }: Vector): Answer {
  const given = price ?? {};
  onlyFields(given, 'price', 'thresholds', 'recurring', 'rules');
  const thresholds = readThresholds(given);
  const rules = given['rules'] === undefined ? [] : readObjects(given['rules'], 'price.rules');
  const others = rules.map((rule, index) => {
    const one = toPrice(rule, `price.rules[${index}]`);
    if (one.model !== 'flat')
      throw new CannotExpress(`price.rules[${index}] is not a fixed amount`);
    return closeAmount(one, advance(one, openState(one), { quantity: parseExact('1') }));
  });
  const lines: Exact[] = [];
  let state = noProgress;
  for (const [index, event] of events.entries()) {
    onlyFields(event, `events[${index}]`, 'usage_total', 'period_end');
    if (event['period_end'] === true) lines.push(finalInvoice(state, others));
    else {
      const usage = needExact(event, 'usage_total', `events[${index}]`);
      const step = advanceProgress(thresholds, state, usage);
      state = step.state;
      if (step.invoice !== undefined) lines.push(step.invoice);
    }
  }
  return { lines, total: { amount: lines.reduce(add, exactZero), lines } };
}
