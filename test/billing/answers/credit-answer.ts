import {
  addGrant,
  drawGrants,
  emptyBook,
  expireGrants,
  renewGrant,
  usableBalance,
  voidGrant,
} from '../../../src/billing/credits/grant-book.ts';
import type { Grant, GrantBook } from '../../../src/billing/credits/grant.ts';
import { creditsFor, priceOfCredits } from '../../../src/billing/credits/price-of-credits.ts';
import { periodShare } from '../../../src/billing/periods/proration.ts';
import {
  add,
  type Exact,
  exactOf,
  exactZero,
  multiply,
  roundTo,
} from '../../../src/kernel/exact.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { readMonthDay } from '../dates.ts';
import {
  dropUndefined,
  isObject,
  needExact,
  onlyFields,
  readObject,
  readTexts,
  textField,
  toExact,
} from '../fields.ts';
import type { Answer } from '../judge-answer.ts';
import { CannotExpress, type Vector } from '../vector.ts';

/** Grants that are made, used, voided, filled anew and run out; or what credits cost. */
export function creditAnswer(vector: Vector): Answer {
  const { price, events } = vector;
  if (price?.['units_per_period'] !== undefined) return shareOfGrant(vector, price);
  if (events.length === 0) return creditCost(price ?? {});
  return grantsAnswer(vector);
}

function creditCost(price: JsonObject): Answer {
  const is = (...names: readonly string[]): boolean =>
    Object.keys(price).toSorted().join() === names.toSorted().join();
  const line = (amount: Exact): Answer => ({
    lines: [amount],
    amount,
    total: { amount, lines: [amount] },
  });
  const read = (name: string): Exact => needExact(price, name, 'price');
  if (is('credits', 'cost_per_credit')) {
    return line(priceOfCredits(read('credits'), read('cost_per_credit')));
  }
  if (is('credits', 'rate')) return line(priceOfCredits(read('credits'), read('rate')));
  if (is('pay', 'rate')) return line(creditsFor(read('pay'), read('rate')));
  if (is('pay', 'cost_per_credit')) return line(creditsFor(read('pay'), read('cost_per_credit')));
  if (is('paid_credits')) return line(read('paid_credits'));
  throw new CannotExpress(`price with ${Object.keys(price).join(', ')} is no price of credits`);
}

/** Units of a period that is cut short by a change. */
function shareOfGrant({ events }: Vector, price: JsonObject): Answer {
  onlyFields(price, 'price', 'units_per_period');
  const [first, second] = events;
  const period = readTexts(first?.['period'], 'events[0].period');
  const [startMs, endMs] = [0, 1].map((index) => readMonthDay(period[index], 'events[0].period'));
  const changeMs = readMonthDay(second?.['change'], 'events[1].change');
  if (startMs === undefined || endMs === undefined || !(startMs <= changeMs && changeMs < endMs)) {
    throw new CannotExpress('events are not a period of one year and a change in it');
  }
  const whole = { startMs, endMs };
  const share = periodShare({ startMs: changeMs, endMs }, whole, 'by_day', 'UTC');
  const day = { startMs, endMs: startMs + 86_400_000 };
  const ofOneDay = periodShare(day, whole, 'by_day', 'UTC');
  const units = multiply(needExact(price, 'units_per_period', 'price'), share);
  return {
    days: multiply(share, exactOf(ofOneDay.denominator)),
    period_days: ofOneDay.denominator,
    units_exact: units,
    units_floor: roundTo(units, 0, 'down'),
    units_half_up: roundTo(units, 0, 'half_up'),
  };
}

const grantFields = ['id', 'amount', 'priority', 'effective_at', 'expires_at'] as const;
const scopeNames = ['scope', 'limited_to', 'applies_to', 'fee_types'] as const;
const chargeScopes = ['scope', 'fee_type', 'for', 'meter'] as const;

function toGrant(value: JsonObject, place: string): Grant {
  onlyFields(value, place, ...grantFields, ...scopeNames);
  const scope = scopeNames.map((name) => value[name]).find((one) => one !== undefined);
  const time = (name: string): number | undefined => {
    const member = value[name];
    if (member === undefined || member === null) return undefined;
    if (typeof member !== 'number') throw new CannotExpress(`${place}.${name} is not a number`);
    return member;
  };
  return dropUndefined({
    id: textField(value, 'id', place) ?? '',
    amount: needExact(value, 'amount', place),
    priority: time('priority') as number,
    effectiveAtMs: time('effective_at') as number,
    expiresAtMs: time('expires_at') as number,
    scope: (scope === undefined
      ? undefined
      : readTexts(
          typeof scope === 'string' ? [scope] : scope,
          `${place}.scope`,
        )) as readonly string[],
  });
}

interface Run {
  book: GrantBook;
  atMs: number;
  readonly steps: Answer[];
  readonly charges: { taken: Answer; remaining: Record<string, Exact>; left: Exact[] }[];
  taken: Exact;
  shortfall: Exact;
  expired: Exact;
}

const eventFields = ['at', 'grant', 'charge', 'void', 'recurrence', ...chargeScopes] as const;

function grantsAnswer({ price, events, expected }: Vector): Answer {
  onlyFields(price ?? {}, 'price', 'order', 'grant', 'recurrence');
  const order = textField(price ?? {}, 'order', 'price');
  if (order !== undefined && order !== 'priority asc, expiry asc, listing order') {
    throw new CannotExpress(`price.order ${JSON.stringify(order)}`);
  }
  const run: Run = {
    book: emptyBook,
    atMs: 0,
    steps: [],
    charges: [],
    taken: exactZero,
    shortfall: exactZero,
    expired: exactZero,
  };
  events.forEach((event, index) => takeStep(run, event, `events[${index}]`));
  const remaining = remainingOf(run.book);
  const balance = usableBalance(run.book, run.atMs);
  const check = readObject(expected['check'] ?? {}, 'expected.check');
  return {
    steps: run.steps,
    check: summaryOf(run, check),
    balance,
    overage: run.book.overage,
    remaining,
    taken: run.taken,
    shortfall: run.shortfall,
    expired: run.expired,
  };
}

function remainingOf({ open }: GrantBook): Record<string, Exact> {
  return Object.fromEntries(open.map(({ grant, remaining }) => [grant.id, remaining]));
}

function takeStep(run: Run, event: JsonObject, place: string): void {
  onlyFields(event, place, ...eventFields);
  const at = event['at'];
  if (typeof at === 'number') run.atMs = at;
  else if (at !== undefined) throw new CannotExpress(`${place}.at is not a number`);
  if (event['grant'] !== undefined) {
    run.book = addGrant(run.book, toGrant(readObject(event['grant'], `${place}.grant`), place));
  } else if (event['charge'] !== undefined) chargeStep(run, event, place);
  else if (event['void'] !== undefined) {
    run.book = voidGrant(run.book, textField(event, 'void', place) ?? '');
  } else if (event['recurrence'] === true) {
    for (const { grant } of run.book.open) run.book = renewGrant(run.book, grant.id, true);
  } else expiryStep(run);
}

function chargeStep(run: Run, event: JsonObject, place: string): void {
  const amount = needExact(event, 'charge', place);
  const scope = chargeScopes.map((name) => textField(event, name, place)).find(Boolean);
  const { book } = expireGrants(run.book, run.atMs);
  const draw = { amount, atMs: run.atMs, ...(scope === undefined ? {} : { scope }) };
  const { book: after, taken, shortfall } = drawGrants(book, draw);
  run.book = after;
  run.taken = [...taken.values()].reduce(add, run.taken);
  run.shortfall = add(run.shortfall, shortfall);
  const [takenBy, remaining] = [Object.fromEntries(taken), remainingOf(after)];
  run.steps.push({ at: run.atMs, charge: amount, taken: takenBy, shortfall, remaining });
  run.charges.push({ taken: takenBy, remaining, left: Object.values(remaining) });
}

function expiryStep(run: Run): void {
  const { book, expired } = expireGrants(run.book, run.atMs);
  run.book = book;
  run.expired = [...expired.values()].reduce(add, run.expired);
  const remaining = remainingOf(book);
  run.steps.push({ at: run.atMs, remaining, expired: Object.fromEntries(expired) });
}

/** A source's own summary of the steps, as far as its words are known; the steps say it all. */
function summaryOf(run: Run, check: JsonObject): Answer {
  const remaining = remainingOf(run.book);
  const known: Record<string, Answer> = {
    ...remaining,
    taken: isObject(check['taken']) ? (run.charges.at(-1)?.taken ?? {}) : run.taken,
    shortfall: run.shortfall,
    overage: run.shortfall,
    invoice: run.shortfall,
    expired: run.expired,
    after: run.charges.flatMap(({ left }) => (left.length === 1 ? left : [])),
  };
  const unknown = Object.keys(check).filter((name) => !Object.hasOwn(known, name));
  return { ...known, ...Object.fromEntries(unknown.map((name) => [name, check[name] as Answer])) };
}

/** One grant that is used and filled anew, with what may be taken over. */
export function rolloverAnswer({ price, events }: Vector): Answer {
  const place = 'price';
  const given = price ?? {};
  onlyFields(given, place, 'grant', 'rollover_min', 'rollover_max', 'preserve_overage');
  const amount = needExact(given, 'grant', place);
  if (given['rollover_max'] === undefined) throw new CannotExpress('price.rollover_max is missing');
  const rollover = {
    minimum: toExact(given['rollover_min'] ?? '0', 'price.rollover_min'),
    maximum: toExact(given['rollover_max'] ?? '0', 'price.rollover_max'),
  };
  const grant: Grant = { id: 'it', amount, rollover };
  let book = addGrant(emptyBook, grant);
  let [kept, overage] = [amount, exactZero];
  events.forEach((event, index) => {
    onlyFields(event, `events[${index}]`, 'use', 'reset');
    if (event['reset'] !== true) {
      const use = needExact(event, 'use', `events[${index}]`);
      book = drawGrants(book, { amount: use, atMs: 0 }).book;
      return;
    }
    overage = book.overage;
    kept = usableBalance(renewGrant(book, 'it', false), 0);
    book = renewGrant(book, 'it', given['preserve_overage'] === true);
  });
  return { after_rollover: kept, overage, balance: usableBalance(book, 0) };
}
