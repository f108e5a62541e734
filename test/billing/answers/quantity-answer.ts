import {
  aggregate,
  type Aggregation,
  weightedValue,
} from '../../../src/billing/rating/aggregate.ts';
import { sumById } from '../../../src/billing/rating/identified-values.ts';
import {
  type QuantityTransform,
  transformQuantity,
} from '../../../src/billing/rating/quantity-transform.ts';
import { add, exactZero } from '../../../src/kernel/exact.ts';
import type { Json, JsonObject } from '../../../src/kernel/json.ts';
import { readInstant } from '../dates.ts';
import {
  decimalField,
  dropUndefined,
  isObject,
  needExact,
  onlyFields,
  readObject,
  repeatEvents,
  textField,
  plainText,
} from '../fields.ts';
import type { Answer } from '../judge-answer.ts';
import { roundingField } from '../to-price.ts';
import { CannotExpress, type Vector } from '../vector.ts';
import { priceAnswer } from './price-answer.ts';

/** How many of the first unit one of the second has. */
const unitRatios: Readonly<Record<string, string>> = {
  'ms>s': '1000',
  'ms>minute': '60000',
  'ms>hour': '3600000',
  's>minute': '60',
  's>hour': '3600',
  'minute>hour': '60',
  'hour>day': '24',
  'byte>kib': '1024',
  'byte>mib': '1048576',
  'byte>gib': '1073741824',
  'byte>kb': '1000',
  'byte>mb': '1000000',
  'byte>gb': '1000000000',
};

/** One name for each unit. */
function unitName(unit: string | undefined): string {
  const names = { sec: 's', second: 's', min: 'minute', h: 'hour', millisecond: 'ms' } as const;
  const one = unit?.replace(/^(\w{2,})s$/, (whole, rest: string) =>
    whole === 'ms' ? whole : rest,
  );
  return names[one as keyof typeof names] ?? one ?? '';
}

const ruleFields = ['unit', 'from', 'round_up_to', 'round_to', 'increment', 'minimum', 'round'];

/** What each event is billed as, and all of them together. */
export function roundingAnswer(vector: Vector): Answer {
  const rule = vector.price?.['quantity_rule'];
  if (!isObject(rule)) return priceAnswer(vector);
  onlyFields(vector.price ?? {}, 'price', 'quantity_rule');
  onlyFields(rule, 'price.quantity_rule', ...ruleFields);
  const { transform, isPerEvent } = toTransform(rule);
  const values = repeatEvents(vector.events).map((event, index) => {
    onlyFields(event, `events[${index}]`, 'value', 'at', 'id');
    return needExact(event, 'value', `events[${index}]`);
  });
  if (!isPerEvent) {
    const total = transformQuantity(transform, values.reduce(add, exactZero));
    return { total_quantity: total };
  }
  const billed = values.map((value) => transformQuantity(transform, value));
  return { billed, total_quantity: billed.reduce(add, exactZero) };
}

function toTransform(rule: JsonObject) {
  const place = 'price.quantity_rule';
  const [unit, from] = [textField(rule, 'unit', place), textField(rule, 'from', place)];
  const divideBy =
    from === undefined || from === unit ? '1' : unitRatios[`${unitName(from)}>${unitName(unit)}`];
  if (divideBy === undefined) throw new CannotExpress(`${place}: no way from ${from} to ${unit}`);
  const said = textField(rule, 'round', place);
  const way =
    said === undefined ? undefined : /^(.*?)( per event| per period| on the sum)?$/.exec(said);
  const rounding =
    way?.[1] === undefined ? undefined : roundingField({ round: way[1] }, 'round', place);
  const increments = ['round_up_to', 'round_to', 'increment'] as const;
  const increment = increments.map((name) => decimalField(rule, name, place)).find(Boolean);
  if (rule['round_up_to'] !== undefined && rounding !== undefined && rounding !== 'up') {
    throw new CannotExpress(`${place}.round is not up, but there is round_up_to`);
  }
  const transform: QuantityTransform = dropUndefined({
    minimum: decimalField(rule, 'minimum', place) as string,
    increment: increment as string,
    rounding: rounding as 'up',
    divideBy,
  });
  return { transform, isPerEvent: way?.[2] === undefined || way[2] === ' per event' };
}

const aggregations: Readonly<Record<string, Aggregation>> = {
  sum: 'sum',
  count: 'count',
  max: 'max',
  unique: 'unique',
  'unique count': 'unique',
  'count unique': 'unique',
  latest: 'latest',
  last: 'latest',
  average: 'average',
  avg: 'average',
  'weighted sum': 'weighted_sum',
  mean: 'average',
  'last value': 'latest',
  'latest value': 'latest',
  'unique values': 'unique',
};
const bucketed = /^max per (minute|hour|day), then sum$/;
const bucketMs: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** One quantity of many events. */
export function aggregationAnswer(vector: Vector): Answer {
  const price = vector.price ?? {};
  const text = textField(price, 'aggregation', 'price') ?? '';
  const events = repeatEvents(vector.events);
  if (/latest value (?:per id )?wins|latest value per id/.test(text)) {
    return { quantity: sumById(events.map(identified), 'latest') };
  }
  onlyFields(price, 'price', 'aggregation', 'period');
  const bucket = bucketed.exec(text)?.[1];
  const plain = text.replace(/ (?:over|in|of) the period$| per period$/, '');
  const kind = bucket === undefined ? aggregations[plain] : 'bucketed_max';
  if (kind === undefined) throw new CannotExpress(`price.aggregation ${JSON.stringify(text)}`);
  const period = price['period'];
  if (kind === 'weighted_sum' && period === undefined) {
    throw new CannotExpress('price.period is missing: a weighted sum needs its start and end');
  }
  const { start, end } = Array.isArray(period)
    ? { start: period[0] as Json, end: period[1] as Json }
    : readObject(period ?? {}, 'price.period');
  const frame = {
    startMs: start === undefined ? 0 : readInstant(start, 'price.period.start'),
    endMs: end === undefined ? 0 : readInstant(end, 'price.period.end'),
    bucketMs: bucketMs[bucket ?? 'hour'] ?? 0,
  };
  const values = events.map((event, index) => aggregated(event, kind, `events[${index}]`, index));
  return {
    quantity: aggregate(kind, values, frame),
    per_event:
      kind === 'weighted_sum'
        ? values.map((value) => ({ weighted: weightedValue(value, frame) }))
        : undefined,
  };
}

function identified(event: JsonObject, index: number) {
  const place = `events[${index}]`;
  onlyFields(event, place, 'id', 'value', 'at');
  const id = textField(event, 'id', place);
  if (id === undefined) throw new CannotExpress(`${place}.id is missing`);
  return { id, value: needExact(event, 'value', place) };
}

function aggregated(event: JsonObject, kind: Aggregation, place: string, index: number) {
  const keys = Object.keys(event).filter((name) => !['at', 'value', 'id'].includes(name));
  const [keyName = 'value'] = kind === 'unique' ? keys : [];
  onlyFields(event, place, 'at', 'value', 'id', keyName);
  const needsTime = kind === 'weighted_sum' || kind === 'bucketed_max';
  if (needsTime && event['at'] === undefined) throw new CannotExpress(`${place}.at is missing`);
  const key = kind === 'unique' ? event[keyName] : undefined;
  const atMs = event['at'] === undefined ? index : readInstant(event['at'], `${place}.at`);
  const value =
    kind === 'count' || kind === 'unique' ? exactZero : needExact(event, 'value', place);
  return key === undefined ? { value, atMs } : { value, atMs, key: plainText(key) };
}
