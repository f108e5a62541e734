import {
  add,
  compare,
  type Exact,
  exactOf,
  exactZero,
  greatest,
  least,
  multiply,
  parseExact,
  roundTo,
  subtract,
} from '../../kernel/exact.ts';
import { priceEvent } from './price-event.ts';
import { countPackages, percentOf } from './price-tiers.ts';
import type { PackagePrice, Price, Tier } from './price.ts';

const NANO_DIGITS = 9;

/**
 * The most that one more event of a quantity can cost, in billionths, wherever the counter stands
 * in its period; what is set aside for a call before it is known what it will be charged. Undefined
 * for a volume price of several tiers, which changes what earlier events cost.
 */
export function mostNanoOfEvent(price: Price, quantity: Exact): bigint | undefined {
  const alone = mostAlone(price, quantity);
  if (alone === undefined) return undefined;
  const factor = parseExact(price.commitment?.overageFactor ?? '1');
  const raised = multiply(alone, greatest(factor, exactOf(1n)));
  const most = price.maximum === undefined ? raised : least(raised, parseExact(price.maximum));
  // Two totals that are rounded to even may differ by one more than what lies between them.
  return most.numerator <= 0n ? 0n : roundTo(most, NANO_DIGITS, 'up') + 1n;
}

/** Before the terms of the period; what is included only makes it less. */
function mostAlone(price: Price, quantity: Exact): Exact | undefined {
  switch (price.model) {
    case 'flat':
      return parseExact(price.amount);
    case 'unit':
      return multiply(quantity, parseExact(price.unitAmount));
    case 'package':
      return multiply(mostPackages(price, quantity), parseExact(price.packageAmount));
    case 'percentage': {
      const { freeAmount: _amount, freeEvents: _events, included: _units, ...paid } = price;
      return priceEvent(paid, { quantity: exactZero, events: 0n }, quantity);
    }
    case 'graduated':
      return mostOfTiers(price.tiers, quantity);
    case 'volume':
      return price.tiers.length === 1 ? mostOfTiers(price.tiers, quantity) : undefined;
  }
}

/** Halves that are rounded to even can lie two packages apart, though one was used. */
function mostPackages({ packageSize, rounding }: PackagePrice, quantity: Exact): Exact {
  const begun = countPackages(quantity, parseExact(packageSize));
  return rounding === 'half_even' ? add(begun, exactOf(1n)) : begun;
}

/** The dearest run of tiers that an event can lie in: those between its ends fit into it. */
function mostOfTiers(tiers: readonly Tier[], quantity: Exact): Exact {
  let most = exactZero;
  for (const first of tiers.keys()) {
    let between = exactZero;
    for (const last of tiers.keys().drop(first)) {
      if (last - first > 1) between = add(between, widthOf(tiers, last - 1));
      if (compare(between, quantity) >= 0) break;
      most = greatest(most, mostOfRun(tiers.slice(first, last + 1), first === 0, quantity));
    }
  }
  return most;
}

/** The flat amount of the first tier of a run is paid already, unless it is the first of all. */
function mostOfRun(run: readonly Tier[], isFirst: boolean, quantity: Exact): Exact {
  let [perUnit, once] = [exactZero, exactZero];
  for (const [index, tier] of run.entries()) {
    const unitAmount = parseExact(tier.unitAmount ?? '0');
    const rate = percentOf(exactOf(1n), parseExact(tier.ratePercent ?? '0'));
    if (tier.packageSize === undefined) perUnit = greatest(perUnit, add(unitAmount, rate));
    else {
      perUnit = greatest(perUnit, rate);
      const packages = countPackages(quantity, parseExact(tier.packageSize));
      once = add(once, multiply(packages, unitAmount));
    }
    if (index > 0 || isFirst) once = add(once, parseExact(tier.flatAmount ?? '0'));
  }
  return add(once, multiply(quantity, perUnit));
}

function widthOf(tiers: readonly Tier[], index: number): Exact {
  const end = parseExact(tiers[index]?.upTo ?? '0');
  return subtract(end, parseExact(tiers[index - 1]?.upTo ?? '0'));
}
