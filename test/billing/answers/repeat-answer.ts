import { advance, openState } from '../../../src/billing/rating/advance.ts';
import { transformQuantity } from '../../../src/billing/rating/quantity-transform.ts';
import { sumById, valuesById } from '../../../src/billing/rating/identified-values.ts';
import { add, compare, type Exact, exactOf, exactZero } from '../../../src/kernel/exact.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { needDecimal, needExact, onlyFields, repeatEvents, textField } from '../fields.ts';
import type { Answer } from '../judge-answer.ts';
import { CannotExpress, type Vector } from '../vector.ts';

/** Members of an event that are no amounts. */
const aside = new Set(['id', 'source', 'at', 'rows', 'minutes']);

/** Events that were sent more than once: each id counts once, or its latest value does. */
export function repeatAnswer({ price, events: given, notes }: Vector): Answer {
  const events = repeatRows(repeatEvents(given));
  const way = textField(price ?? {}, 'repeated_id', 'price');
  if (way !== undefined && way !== 'latest' && way !== 'first') {
    throw new CannotExpress(`price.repeated_id ${JSON.stringify(way)}`);
  }
  const isLatest = way === 'latest' || (way === undefined && latestWins.test(notes));
  const repeated = isLatest ? 'latest' : 'first';
  const ids = events.map((event, index) => idOf(event, `events[${index}]`));
  const names = [...new Set(events.flatMap((event) => Object.keys(event)))].filter(
    (name) => !aside.has(name),
  );
  const sums: Record<string, Exact> = {};
  for (const name of names) {
    const values = events.flatMap((event, index) => {
      if (event[name] === undefined) return [];
      return [{ id: ids[index] ?? '', value: needExact(event, name, `events[${index}]`) }];
    });
    if (way === undefined && !isLatest && isContradicting(values)) {
      throw new CannotExpress(`events: whether the first or the latest ${name} counts is not said`);
    }
    sums[name] = sumById(values, repeated);
  }
  const once = valuesById(
    ids.map((id) => ({ id, value: exactOf(1n) })),
    'first',
  );
  const priced = price === undefined ? {} : pricedMinutes(price, events, ids);
  const total = [...Object.values(sums), ...Object.values(priced)].reduce(add, exactZero);
  return {
    ...sums,
    ...priced,
    count: once.size,
    rows: once.size,
    charged: sums['charge'],
    quantity: sums['value'],
    total,
  };
}

const latestWins = /latest (?:value )?wins|last (?:value )?wins|latest value|overwrit|upsert/i;

/** Whether an id came again with another value. */
function isContradicting(values: readonly { readonly id: string; readonly value: Exact }[]) {
  const first = valuesById(values, 'first');
  return values.some(({ id, value }) => compare(first.get(id) ?? value, value) !== 0);
}

/** Rows that were written by mistake are repetitions of their event. */
function repeatRows(events: readonly JsonObject[]): readonly JsonObject[] {
  return repeatEvents(
    events.map(({ rows, ...event }): JsonObject =>
      rows === undefined ? event : { ...event, repeat: rows },
    ),
  );
}

function idOf(event: JsonObject, place: string): string {
  const id = textField(event, 'id', place);
  if (id === undefined) throw new CannotExpress(`${place}.id is missing`);
  return JSON.stringify([textField(event, 'source', place) ?? null, id]);
}

const perMinutes = /^(\w+?)_per_(?:(\d+)_)?minutes?$/;

/** Prices per minute, or per so many, of events that count once. */
function pricedMinutes(
  price: JsonObject,
  events: readonly JsonObject[],
  ids: readonly string[],
): Record<string, Exact> {
  const rates = Object.keys(price).filter((name) => name !== 'repeated_id');
  if (rates.length === 0) return {};
  onlyFields(price, 'price', 'repeated_id', ...rates.filter((name) => perMinutes.test(name)));
  const minutes = events.map((event, index) => ({
    id: ids[index] ?? '',
    value: needExact(event, 'minutes', `events[${index}]`),
  }));
  const quantity = sumById(minutes, 'first');
  return Object.fromEntries(
    rates.map((name) => {
      const [, meter = name, size] = perMinutes.exec(name) ?? [];
      return [meter, costOf(price, name, size, quantity)];
    }),
  );
}

/** The minutes become billed units of `size` minutes, whole or not. */
function costOf(price: JsonObject, name: string, size: string | undefined, quantity: Exact): Exact {
  const unit = { model: 'unit', unitAmount: needDecimal(price, name, 'price') } as const;
  const counted = transformQuantity({ divideBy: size ?? '1' }, quantity);
  return advance(unit, openState(unit), { quantity: counted }).amount;
}
