import {
  add,
  compare,
  divide,
  type Exact,
  exactOf,
  exactZero,
  least,
  multiply,
  parseExact,
  type RoundingMode,
  roundTo,
  subtract,
} from '../../kernel/exact.ts';
import type { Tier, TieredPrice } from './price.ts';

/** What one tier contributes to a price. */
export interface TierShare {
  /** Counted from 0. */
  readonly index: bigint;
  /** Units that were priced by it. */
  readonly quantity: Exact;
  readonly amount: Exact;
}

/**
 * The tiers that were entered and what each costs. A limit belongs to its tier. Throws RangeError
 * for a quantity beyond the last limit of a table that is not open at its end: no price is agreed.
 */
export function priceTiers(price: TieredPrice, quantity: Exact): readonly TierShare[] {
  return price.model === 'graduated'
    ? priceGraduated(price, quantity)
    : priceVolume(price, quantity);
}

/** Packages begun of `size` units; other roundings count other packages. */
export function countPackages(quantity: Exact, size: Exact, rounding: RoundingMode = 'up'): Exact {
  return exactOf(roundTo(divide(quantity, size), 0, rounding));
}

function priceGraduated(price: TieredPrice, quantity: Exact): readonly TierShare[] {
  const shares: TierShare[] = [];
  let [floor, index] = [exactZero, 0n];
  for (const tier of price.tiers) {
    if (!isEntered(price, quantity, floor, index)) return shares;
    const ceiling = tier.upTo === null ? quantity : least(quantity, parseExact(tier.upTo));
    const inside = compare(ceiling, floor) > 0 ? subtract(ceiling, floor) : exactZero;
    shares.push({ index, quantity: inside, amount: priceInTier(tier, inside) });
    if (tier.upTo === null) return shares;
    [floor, index] = [parseExact(tier.upTo), index + 1n];
  }
  if (compare(quantity, floor) > 0) throw beyondLastTier();
  return shares;
}

/** The first tier is entered at 0 when its flat amount is due there. */
function isEntered(price: TieredPrice, quantity: Exact, floor: Exact, index: bigint): boolean {
  if (index === 0n && price.firstFlatAtZero === true) return true;
  return compare(quantity, floor) > 0;
}

function priceVolume(price: TieredPrice, quantity: Exact): readonly TierShare[] {
  if (!isEntered(price, quantity, exactZero, 0n)) return [];
  const index = price.tiers.findIndex(
    ({ upTo }) => upTo === null || compare(quantity, parseExact(upTo)) <= 0,
  );
  const tier = price.tiers[index];
  if (tier === undefined) throw beyondLastTier();
  const counted = compare(quantity, exactZero) > 0 ? quantity : exactZero;
  return [{ index: BigInt(index), quantity: counted, amount: priceInTier(tier, counted) }];
}

function priceInTier(tier: Tier, quantity: Exact): Exact {
  const units =
    tier.packageSize === undefined
      ? quantity
      : countPackages(quantity, parseExact(tier.packageSize));
  const byUnit = multiply(units, parseExact(tier.unitAmount ?? '0'));
  const byRate = percentOf(quantity, parseExact(tier.ratePercent ?? '0'));
  const amount = add(add(byUnit, byRate), parseExact(tier.flatAmount ?? '0'));
  return tier.maximumAmount === undefined ? amount : least(amount, parseExact(tier.maximumAmount));
}

/** A rate in percent of an amount. */
export function percentOf(amount: Exact, ratePercent: Exact): Exact {
  return divide(multiply(amount, ratePercent), exactOf(100n));
}

function beyondLastTier(): RangeError {
  return new RangeError('The quantity is beyond the last tier; set upTo of the last tier to null');
}
