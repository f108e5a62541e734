import { add, type Exact, exactZero, subtract } from '../../kernel/exact.ts';
import { priceQuantity } from './advance.ts';
import { priceTiers } from './price-tiers.ts';
import type { Price } from './price.ts';

/** One counter that several meters move, each of which has its own price on it. */
export interface PoolState {
  /** All meters together. */
  readonly quantity: Exact;
  /** What each meter has cost so far. */
  readonly amounts: ReadonlyMap<string, Exact>;
}

/** A quantity of one meter. */
export interface PoolEvent {
  readonly meter: string;
  readonly quantity: Exact;
}

/** What an event costs in one tier of its meter's price. */
export interface PoolShare {
  readonly meter: string;
  /** Counted from 0. */
  readonly tier: bigint;
  readonly amount: Exact;
}

/** A pool in which nothing was counted. */
export const emptyPool: PoolState = { quantity: exactZero, amounts: new Map() };

/**
 * Moves the shared counter by one event, which costs what the units from where the counter stood to
 * where it stands now cost by the event's own price. So the order of events decides which of them
 * are cheap. Throws RangeError for a meter without a price.
 */
export function advancePool(
  prices: ReadonlyMap<string, Price>,
  pool: PoolState,
  { meter, quantity }: PoolEvent,
): PoolState {
  const price = priceOf(prices, meter);
  const after = add(pool.quantity, quantity);
  const cost = subtract(priceQuantity(price, after, 1n), priceQuantity(price, pool.quantity, 1n));
  const amounts = new Map(pool.amounts).set(meter, add(pool.amounts.get(meter) ?? exactZero, cost));
  return { quantity: after, amounts };
}

/** How an event's cost is spread over the tiers of a graduated price; tiers without any are out. */
export function poolShares(
  prices: ReadonlyMap<string, Price>,
  pool: PoolState,
  { meter, quantity }: PoolEvent,
): readonly PoolShare[] {
  const price = priceOf(prices, meter);
  if (price.model !== 'graduated') throw new RangeError('Only a graduated price has tier shares');
  const before = priceTiers(price, pool.quantity);
  return priceTiers(price, add(pool.quantity, quantity))
    .map(({ index, amount }) => {
      const counted = before.find((share) => share.index === index)?.amount ?? exactZero;
      return { meter, tier: index, amount: subtract(amount, counted) };
    })
    .filter(({ amount }) => amount.numerator !== 0n);
}

function priceOf(prices: ReadonlyMap<string, Price>, meter: string): Price {
  const price = prices.get(meter);
  if (price === undefined) throw new RangeError(`No price for the meter ${JSON.stringify(meter)}`);
  return price;
}
