import { closeTogether } from '../../../src/billing/rating/close-together.ts';
import { advance, openState } from '../../../src/billing/rating/advance.ts';
import type { MeterState } from '../../../src/billing/rating/meter-state.ts';
import { roundLines } from '../../../src/billing/invoices/round-lines.ts';
import {
  convertAmount,
  convertBack,
  currencyDigits,
  exactMinorUnits,
  fromMinorUnits,
  printMinorUnits,
  toMinorUnits,
} from '../../../src/kernel/currency.ts';
import {
  add,
  type Exact,
  exactOf,
  exactZero,
  multiply,
  parseExact,
  type RoundingMode,
  subtract,
} from '../../../src/kernel/exact.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { needDecimal, needExact, onlyFields, repeatEvents, textField } from '../fields.ts';
import type { Answer } from '../judge-answer.ts';
import { toPrice, toTerms } from '../to-price.ts';
import { CannotExpress, type Vector } from '../vector.ts';
import { priceAnswer } from './price-answer.ts';

/** One amount as it is printed and sent. */
export function currencyAnswer({ price, quantity, currency }: Vector): Answer {
  const given = price ?? {};
  onlyFields(given, 'price', 'amount', 'minor_units', 'rate', 'from', 'to', 'inverse_rate');
  if (quantity !== undefined && quantity !== '1') throw new CannotExpress('quantity is not 1');
  const own =
    given['amount'] === undefined && given['minor_units'] !== undefined
      ? fromMinorUnits(BigInt(needDecimal(given, 'minor_units', 'price')), currency)
      : needExact(given, 'amount', 'price');
  const amount = converted(given, own, currency);
  return {
    amount,
    converted: amount,
    minor_units: toMinorUnits(amount, currency, 'half_even'),
    exponent: currencyDigits(currency),
    total: amount,
  };
}

/** An amount in the currency of the vector; a rate is for one unit of the other currency. */
function converted(given: JsonObject, amount: Exact, currency: string): Exact {
  const to = textField(given, 'to', 'price');
  if (to !== undefined && to !== currency) throw new CannotExpress('price.to is not the currency');
  if (given['rate'] !== undefined) return convertAmount(amount, needExact(given, 'rate', 'price'));
  if (given['inverse_rate'] === undefined) return amount;
  return convertBack(amount, needExact(given, 'inverse_rate', 'price'));
}

/** Amounts that are rounded one by one, or summed first. */
export function roundedAnswer(vector: Vector): Answer {
  const { price, events, currency } = vector;
  const given = price ?? {};
  if (given['included_amount'] !== undefined) return restAnswer(given, events);
  if (given['policy'] === undefined && events.length === 0 && given['amount'] !== undefined) {
    return currencyAnswer(vector);
  }
  if (given['policy'] === undefined) return cumulativeAnswer(vector);
  onlyFields(given, 'price', 'policy');
  const policy = textField(given, 'policy', 'price') ?? '';
  if (!/^(?:sum of lines|round the sum|sum, then round)$/.test(policy)) {
    throw new CannotExpress(`price.policy ${JSON.stringify(policy)}`);
  }
  const amounts = amountsOf(events);
  const sum = amounts.reduce(add, exactZero);
  const digits = currencyDigits(currency);
  const print = (
    mode: RoundingMode,
    at: 'line' | 'total',
    what: 'total' | 'roundingLine',
  ): string => printMinorUnits(roundLines(amounts, digits, { mode, at })[what], digits);
  return {
    exact_sum: sum,
    total: { amount: sum, lines: amounts },
    lines: amounts,
    sum_of_lines_half_even: print('half_even', 'line', 'total'),
    sum_of_lines_half_up: print('half_up', 'line', 'total'),
    sum_of_lines_down: print('down', 'line', 'total'),
    sum_of_lines_up: print('up', 'line', 'total'),
    rounding_line: print('half_even', 'total', 'roundingLine'),
  };
}

function amountsOf(events: readonly JsonObject[]): readonly Exact[] {
  return repeatEvents(events).map((event, index) => {
    onlyFields(event, `events[${index}]`, 'amount', 'label');
    return needExact(event, 'amount', `events[${index}]`);
  });
}

/** What is left to pay when a part of the amount was paid with the base fee. */
function restAnswer(price: JsonObject, events: readonly JsonObject[]): Answer {
  onlyFields(price, 'price', 'included_amount');
  const quantity = amountsOf(events).reduce(add, exactZero);
  const unit = { model: 'unit', unitAmount: '1' } as const;
  const terms = { included: needDecimal(price, 'included_amount', 'price') };
  const { amount } = advance({ ...unit, ...terms }, openState(unit), { quantity });
  return { lines: [amount], total: { amount, lines: [amount] }, amount };
}

/** Amounts that were charged already, under one minimum. */
export function minimumAnswer(vector: Vector): Answer {
  const { price, events } = vector;
  const given = price ?? {};
  if (given['model'] !== undefined || given['rules'] !== undefined) return priceAnswer(vector);
  onlyFields(given, 'price', 'minimum', 'maximum', 'share');
  const amounts = repeatEvents(events).map((event, index) => {
    onlyFields(event, `events[${index}]`, 'amount', 'in_advance', 'label');
    return needExact(event, 'amount', `events[${index}]`);
  });
  const share = given['share'] === undefined ? exactOf(1n) : needExact(given, 'share', 'price');
  const closed = closeTogether(amounts, toTerms(given, 'price'), exactZero, share);
  return {
    lines: [closed.trueUp],
    total: { amount: closed.trueUp, lines: [closed.trueUp] },
    true_up: closed.trueUp,
    amount: closed.total,
  };
}

/** Thousandths of a smallest unit. */
const thousandths = parseExact('1000');

/** A price that is billed minute by minute: each by itself, or the counter so far. */
function cumulativeAnswer(vector: Vector): Answer {
  const { price, events, currency } = vector;
  const rule = textField(price ?? {}, 'unit', 'price');
  if (rule === undefined) return priceAnswer(vector);
  const one = toPrice(price ?? {});
  const quantities = repeatEvents(events).map((event, index) => {
    onlyFields(event, `events[${index}]`, `${rule}s`);
    return needExact(event, `${rule}s`, `events[${index}]`);
  });
  const states = quantities.reduce<readonly MeterState[]>(
    (all, quantity) => [...all, advance(one, all.at(-1) ?? openState(one), { quantity })],
    [],
  );
  const amounts = states.map(({ amount }) => amount);
  const windows = amounts.map((amount, index) => subtract(amount, amounts[index - 1] ?? exactZero));
  const units = windows.map((window) => toMinorUnits(window, currency, 'half_up'));
  return {
    per_window: windows[0],
    per_record_cents_forever: units.find((unit) => unit !== 0n) ?? 0n,
    cumulative: amounts.map((amount, index) => ({
      minutes: index + 1,
      millicents: multiply(exactMinorUnits(amount, currency), thousandths),
      cents_half_up: toMinorUnits(amount, currency, 'half_up'),
    })),
    total: amounts.at(-1),
    lines: windows,
  };
}
