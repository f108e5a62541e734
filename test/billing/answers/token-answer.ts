import {
  contextLength,
  contextTier,
  priceTokens,
  type ContextTier,
  type TokenQuantities,
} from '../../../src/billing/rating/token-prices.ts';
import { add, type Exact, exactZero } from '../../../src/kernel/exact.ts';
import type { Json, JsonObject } from '../../../src/kernel/json.ts';
import {
  decimalField,
  isObject,
  needDecimal,
  onlyFields,
  readObject,
  readObjects,
  toExact,
  plainText,
} from '../fields.ts';
import type { Answer } from '../judge-answer.ts';
import { CannotExpress, type Vector } from '../vector.ts';
import { priceAnswer } from './price-answer.ts';

/** Tokens by class; each request by the tier that its context falls into. */
export function tokenAnswer(vector: Vector): Answer {
  const { price, quantity, events, expected } = vector;
  if (price?.['model'] !== 'unit per token class') return priceAnswer(vector);
  const tiers = tokenTiers(price);
  const requests = events.length > 0 ? events : [readObject(quantity, 'quantity')];
  const sums = new Map<string, Exact>();
  for (const [index, request] of requests.entries()) {
    const place = events.length > 0 ? `events[${index}]` : 'quantity';
    const { context, ...classes } = request;
    const tokens: TokenQuantities = Object.fromEntries(
      Object.entries(classes).map(([name, count]) => [name, toExact(count, `${place}.${name}`)]),
    );
    const length =
      context === undefined ? contextLength(tokens) : toExact(context, `${place}.context`);
    for (const [name, amount] of priceTokens(contextTier(tiers, length), tokens)) {
      sums.set(name, add(sums.get(name) ?? exactZero, amount));
    }
  }
  const all = [...sums.values()];
  const labels = Array.isArray(expected['lines']) ? (expected['lines'] as readonly Json[]) : [];
  const lines = labels.map((line, index) => lineOf(sums, line, `expected.lines[${index}]`));
  const total = { amount: all.reduce(add, exactZero), lines: all };
  return { lines, total, amount: total };
}

function lineOf(sums: ReadonlyMap<string, Exact>, line: Json, place: string): Exact {
  const name = isObject(line) ? plainText(line['token_class'] ?? line['label']) : '';
  const amount = sums.get(name);
  if (amount === undefined) throw new CannotExpress(`${place}: no tokens of class ${name}`);
  return amount;
}

function tokenTiers(price: JsonObject): readonly ContextTier[] {
  onlyFields(price, 'price', 'model', 'per', 'rates', 'tiers');
  const per = needDecimal(price, 'per', 'price');
  if (price['tiers'] === undefined) return [{ upTo: null, per, rates: ratesOf(price, 'price') }];
  if (price['rates'] !== undefined) throw new CannotExpress('price has both rates and tiers');
  return readObjects(price['tiers'], 'price.tiers').map((tier, index) => {
    const place = `price.tiers[${index}]`;
    onlyFields(tier, place, 'up_to', 'up_to_context', 'rates');
    const upTo =
      decimalField(tier, 'up_to', place) ?? decimalField(tier, 'up_to_context', place) ?? null;
    return { upTo, per, rates: ratesOf(tier, place) };
  });
}

function ratesOf(value: JsonObject, place: string): Readonly<Record<string, string>> {
  const rates = readObject(value['rates'], `${place}.rates`);
  return Object.fromEntries(
    Object.keys(rates).map((name) => [name, needDecimal(rates, name, `${place}.rates`)]),
  );
}
