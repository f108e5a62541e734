import {
  advancePool,
  emptyPool,
  poolShares,
  type PoolEvent,
  type PoolShare,
} from '../../../src/billing/rating/pooled-meter.ts';
import type { Price } from '../../../src/billing/rating/price.ts';
import { add, exactZero } from '../../../src/kernel/exact.ts';
import { needDecimal, onlyFields, readObject, readTexts, toExact } from '../fields.ts';
import type { Answer } from '../judge-answer.ts';
import { CannotExpress, type Vector } from '../vector.ts';

/** Meters that move one counter. Those whose price never changes are counted before the others. */
export function poolAnswer({ price, quantity }: Vector): Answer {
  const pooled = price ?? {};
  onlyFields(pooled, 'price', 'model', 'pooled_counter', 'pool_threshold', 'rates');
  const upTo = needDecimal(pooled, 'pool_threshold', 'price');
  const rates = readObject(pooled['rates'], 'price.rates');
  const quantities = readObject(quantity, 'quantity');
  const meters = readTexts(pooled['pooled_counter'], 'price.pooled_counter');
  const prices = new Map<string, Price>();
  const changing = new Set<string>();
  for (const meter of meters) {
    const pair = rates[meter];
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') {
      throw new CannotExpress(`price.rates.${meter} is not a rate below and one above`);
    }
    const [below, above] = pair as readonly (string | null)[];
    if (typeof above === 'string') changing.add(meter);
    const unitAmount = below ?? '0';
    const tiers = [
      { upTo, unitAmount },
      { upTo: null, unitAmount: above ?? unitAmount },
    ];
    prices.set(meter, { model: 'graduated', tiers });
  }
  const order = [...meters].toSorted((a, b) => Number(changing.has(a)) - Number(changing.has(b)));
  const shares: PoolShare[] = [];
  let pool = emptyPool;
  for (const meter of order) {
    const event: PoolEvent = { meter, quantity: toExact(quantities[meter], `quantity.${meter}`) };
    shares.push(...poolShares(prices, pool, event));
    pool = advancePool(prices, pool, event);
  }
  const below = meters.map((meter) =>
    shares
      .filter((share) => share.meter === meter && (share.tier === 0n || !changing.has(meter)))
      .reduce((sum, { amount }) => add(sum, amount), exactZero),
  );
  const above = meters
    .filter((meter) => changing.has(meter))
    .flatMap((meter) => shares.filter((share) => share.meter === meter && share.tier === 1n))
    .map(({ amount }) => amount);
  const lines = [...below, ...above];
  const total = [...pool.amounts.values()].reduce(add, exactZero);
  return { lines, total: { amount: total, lines } };
}
