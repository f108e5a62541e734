import {
  advance,
  closeAmount,
  openState,
  priceQuantity,
  retract,
  tierShares,
} from '../../../src/billing/rating/advance.ts';
import { closeTogether } from '../../../src/billing/rating/close-together.ts';
import type { MeterState } from '../../../src/billing/rating/meter-state.ts';
import type { Price } from '../../../src/billing/rating/price.ts';
import { rateWindows } from '../../../src/billing/rating/rate-windows.ts';
import {
  add,
  compare,
  type Exact,
  exactZero,
  parseExact,
  subtract,
} from '../../../src/kernel/exact.ts';
import type { Json, JsonObject } from '../../../src/kernel/json.ts';
import {
  decimalField,
  isObject,
  needExact,
  onlyFields,
  readObjects,
  repeatEvents,
  textField,
  toExact,
  plainText,
} from '../fields.ts';
import type { Answer } from '../judge-answer.ts';
import { toPrice, toTerms } from '../to-price.ts';
import { CannotExpress, type Vector } from '../vector.ts';

/** What a quantity, a table of quantities or events cost at a price, in all the words there are. */
export function priceAnswer(vector: Vector): Answer {
  const { price, quantity, events } = vector;
  if (price === undefined) throw new CannotExpress('there is no price');
  if (Array.isArray(price['rules'])) return rulesAnswer(vector, price);
  const one = toPrice(price);
  const share = decimalField(price, 'share', 'price');
  const sharePart = share === undefined ? undefined : parseExact(share);
  if (Array.isArray(quantity)) return tableAnswer(one, quantity, sharePart);
  if (isObject(quantity)) return meterAnswer(vector, price, one, quantity);
  if (events.length > 0 && quantity === undefined) return eventsAnswer(one, events, sharePart);
  if (quantity === undefined && one.model === 'flat') {
    return closedAnswer(one, rated(one, '1'), sharePart);
  }
  if (quantity === undefined) throw new CannotExpress('there is neither a quantity nor an event');
  if (textField(price, 'window', 'price') !== undefined) {
    return {
      ...closedAnswer(one, rated(one, quantity), undefined),
      ...windowAnswer(one, quantity),
    };
  }
  const closed = closedAnswer(one, rated(one, quantity), sharePart);
  return { ...closed, tiers: withEmptyTiers(closed.tiers, vector.expected['tiers']) };
}

type TierRow = { readonly tier: bigint; readonly quantity: Exact; readonly amount: Exact };

/** Some vectors list tiers that nothing fell into; the product does not. */
function withEmptyTiers(
  rows: readonly TierRow[] | undefined,
  expected: Json | undefined,
): readonly TierRow[] | undefined {
  if (rows === undefined || !Array.isArray(expected)) return rows;
  const empty = expected.flatMap((row: Json) => {
    const tier = isObject(row) ? row['tier'] : undefined;
    if (typeof tier !== 'number' || rows.some((one) => one.tier === BigInt(tier))) return [];
    return [{ tier: BigInt(tier), quantity: exactZero, amount: exactZero }];
  });
  return [...rows, ...empty].toSorted((one, other) => (one.tier < other.tier ? -1 : 1));
}

/** The counter after a quantity; nothing at all is no event. */
function rated(price: Price, quantity: Json | undefined): MeterState {
  const exact = toExact(quantity, 'quantity');
  const open = openState(price);
  if (price.model === 'flat' && exact.numerator === 0n) {
    throw new CannotExpress('quantity is 0: whether a flat price is due without usage is not said');
  }
  return exact.numerator === 0n ? open : advance(price, open, { quantity: exact });
}

/** Everything that can be said of a closed period of one price. */
function closedAnswer(price: Price, state: MeterState, share: Exact | undefined) {
  const amount = closeAmount(price, state, share);
  const trueUp = subtract(amount, state.amount);
  const tiers =
    price.model === 'graduated' || price.model === 'volume'
      ? tierShares(price, state.quantity).map(({ index, quantity, amount }) => ({
          tier: index + 1n,
          quantity,
          amount,
        }))
      : undefined;
  const own = priceQuantity(price, state.quantity, state.events);
  return {
    amount,
    total: { amount, lines: [state.amount, trueUp] },
    lines: [state.amount, trueUp],
    tiers,
    actual: own,
    before_min_max: own,
    true_up: trueUp,
  };
}

function windowAnswer(price: Price, quantity: Json): { readonly amount: Exact } {
  const windows = rateWindows(price, [{ window: 'it', quantity: toExact(quantity, 'quantity') }]);
  return { amount: windows.get('it') ?? exactZero };
}

/** Quantities that have nothing to do with each other. */
function tableAnswer(price: Price, quantities: readonly Json[], share: Exact | undefined): Answer {
  const lines = quantities.map((one) => closeAmount(price, rated(price, one), share));
  const total = lines.reduce(add, exactZero);
  return { lines, total: { amount: total, lines }, amount: total };
}

/** One price with a quantity that has a name. */
function meterAnswer(
  vector: Vector,
  price: JsonObject,
  one: Price,
  quantities: JsonObject,
): Answer {
  const [name, ...others] = Object.keys(quantities);
  const meter = textField(price, 'meter', 'price') ?? name;
  if (name === undefined || others.length > 0 || meter !== name) {
    throw new CannotExpress('quantity has other meters than price');
  }
  return closedAnswer(one, rated({ ...one }, vector.quantity && quantities[name]), undefined);
}

const amountNames = ['amount', 'value', 'quantity', 'units'] as const;

function eventQuantity(event: JsonObject, place: string): Exact {
  const name = amountNames.find((one) => event[one] !== undefined);
  if (name === undefined) throw new CannotExpress(`${place} has no quantity`);
  onlyFields(event, place, name, 'id', 'at', 'on');
  return needExact(event, name, place);
}

function eventsAnswer(price: Price, events: readonly JsonObject[], share?: Exact): Answer {
  if (events.some((event) => 'cumulative_before' in event || 'cumulative_after' in event)) {
    return cumulativeAnswer(price, events);
  }
  const states = repeatEvents(events).reduce<readonly MeterState[]>(
    (all, event, index) => [
      ...all,
      advance(price, all.at(-1) ?? openState(price), {
        quantity: eventQuantity(event, `events[${index}]`),
      }),
    ],
    [],
  );
  // What is due without usage is posted with the first event here, as the vectors do.
  const lines = states.map(({ amount }, index) =>
    subtract(amount, states[index - 1]?.amount ?? exactZero),
  );
  const state = states.at(-1) ?? openState(price);
  const closed = closedAnswer(price, state, share);
  return { ...closed, total: { amount: closed.amount, lines }, lines, per_event: lines };
}

/** What a counter that moved from one quantity to another changes in the bill. */
function cumulativeAnswer(price: Price, events: readonly JsonObject[]): Answer {
  const [first, last, ...others] = events;
  if (first === undefined || last === undefined || others.length > 0) {
    throw new CannotExpress('events are not one quantity before and one after');
  }
  onlyFields(first, 'events[0]', 'cumulative_before');
  onlyFields(last, 'events[1]', 'cumulative_after');
  const before = rated(price, first['cumulative_before']);
  const target = needExact(last, 'cumulative_after', 'events[1]');
  const change = subtract(target, before.quantity);
  const after =
    compare(change, exactZero) >= 0
      ? advance(price, before, { quantity: change })
      : retract(price, before, { quantity: subtract(exactZero, change) });
  const amounts = { before: before.amount, after: after.amount };
  return { ...amounts, delta: subtract(amounts.after, amounts.before) };
}

const isTrueUp = /true.?up|minimum|commit/i;

/** Several rules, each with its own meter, summed. */
function rulesAnswer({ quantity, expected }: Vector, price: JsonObject): Answer {
  onlyFields(price, 'price', 'rules', 'minimum', 'maximum', 'share', 'commit_amount');
  const quantities = isObject(quantity) ? quantity : undefined;
  const unused = new Set(Object.keys(quantities ?? {}));
  const amounts = readObjects(price['rules'], 'price.rules').map((rule, index) => {
    const place = `price.rules[${index}]`;
    const one = toPrice(rule, place);
    const meter = textField(rule, 'meter', place);
    if (meter === undefined)
      return closeAmount(one, rated(one, one.model === 'flat' ? '1' : quantity));
    if (quantities?.[meter] === undefined) throw new CannotExpress(`quantity.${meter} is missing`);
    unused.delete(meter);
    return closeAmount(one, rated(one, quantities[meter]));
  });
  if (unused.size > 0) throw new CannotExpress(`quantity.${[...unused][0]} has no rule`);
  const terms = toTerms(price, 'price');
  const share = decimalField(price, 'share', 'price');
  const committed = parseExact(terms.commitment?.amount ?? '0');
  const closed = closeTogether(amounts, terms, committed, parseExact(share ?? '1'));
  const labels = Array.isArray(expected['lines']) ? (expected['lines'] as readonly Json[]) : [];
  const last = labels.at(-1);
  const hasTrueUp = isObject(last) && isTrueUp.test(plainText(last['label']));
  const lines = hasTrueUp ? [...amounts, closed.trueUp] : amounts;
  return {
    lines,
    total: { amount: closed.total, lines },
    amount: closed.total,
    subtotal: closed.subtotal,
    true_up: closed.trueUp,
    before_min_max: amounts.reduce(add, exactZero),
  };
}
