import type { Price } from '../price.ts';

/** The price that holds at a moment: of those from before it, the latest. */
export function priceAt(prices: readonly Price[], atMs: number): Price | undefined {
  let found: Price | undefined;
  for (const price of prices) {
    if (price.validFromMs > atMs) continue;
    if (found === undefined || price.validFromMs > found.validFromMs) found = price;
  }
  return found;
}
