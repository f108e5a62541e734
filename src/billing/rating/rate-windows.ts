import { add, type Exact, exactZero } from '../../kernel/exact.ts';
import { advance, closeAmount, openState } from './advance.ts';
import type { Price } from './price.ts';

/** A quantity in one window, such as an hour; every window is a period of its own. */
export interface WindowQuantity {
  /** Names the window; quantities of the same window are counted together. */
  readonly window: string;
  readonly quantity: Exact;
}

/** What windows cost whose terms hold for each of them by itself, in the order they came up. */
export function rateWindows(
  price: Price,
  quantities: readonly WindowQuantity[],
): ReadonlyMap<string, Exact> {
  const sums = new Map<string, Exact>();
  for (const { window, quantity } of quantities) {
    sums.set(window, add(sums.get(window) ?? exactZero, quantity));
  }
  return new Map(
    [...sums].map(([window, quantity]) => [
      window,
      closeAmount(price, advance(price, openState(price), { quantity })),
    ]),
  );
}
