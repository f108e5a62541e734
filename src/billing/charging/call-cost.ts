import {
  add,
  divide,
  type Exact,
  exactZero,
  fromNano,
  multiply,
  parseExact,
  compare,
  toNano,
} from '../../kernel/exact.ts';
import type { MoneyNano } from '../../kernel/money.ts';
import { priceEvent } from '../rating/price-event.ts';
import { percentOf } from '../rating/price-tiers.ts';
import type { Price, Tier } from '../rating/price.ts';
import type { BillingFacts } from '../rules/billing-facts.ts';
import { billedOf, type CompiledRules } from '../rules/compile-rules.ts';

/** What one call costs by its price list alone, before anything of its period is known. */
export interface CallCost {
  readonly amount: MoneyNano;
  /** Whether what was used before in the period makes it another amount. */
  readonly isEstimate: boolean;
}

interface Share {
  readonly amount: Exact;
  readonly isEstimate: boolean;
}

/**
 * The cost of one call. Where it depends on what was used before, it is what the units cost at the
 * first tier, or as their part of a package, with nothing included and without what is due once.
 */
export function callCost(rules: CompiledRules, facts: BillingFacts): CallCost {
  let total = exactZero;
  let isEstimate = false;
  for (const hit of rules.hits(facts)) {
    const share = shareOf(hit.rule.price, billedOf(hit));
    total = add(total, share.amount);
    isEstimate ||= share.isEstimate;
  }
  const amount = toNano(total);
  // What is posted for a call is rounded with all that was posted before it.
  return { amount, isEstimate: isEstimate || compare(fromNano(amount), total) !== 0 };
}

function shareOf(price: Price, quantity: Exact): Share {
  const { included, maximum, commitment } = price;
  const isOpen = (included ?? maximum ?? commitment) !== undefined;
  switch (price.model) {
    case 'flat':
      return { amount: exactZero, isEstimate: true };
    case 'unit':
      return { amount: multiply(quantity, parseExact(price.unitAmount)), isEstimate: isOpen };
    case 'package': {
      const ofOne = divide(parseExact(price.packageAmount), parseExact(price.packageSize));
      return { amount: multiply(quantity, ofOne), isEstimate: true };
    }
    case 'graduated':
    case 'volume':
      return { amount: firstTierAmount(price.tiers[0], quantity), isEstimate: true };
    case 'percentage': {
      const { freeEvents, freeAmount, included: _, ...paid } = price;
      const amount = priceEvent(paid, { quantity: exactZero, events: 0n }, quantity);
      return { amount, isEstimate: isOpen || (freeEvents ?? freeAmount) !== undefined };
    }
  }
}

function firstTierAmount(tier: Tier | undefined, quantity: Exact): Exact {
  const { unitAmount = '0', packageSize = '1', ratePercent = '0' } = tier ?? {};
  const packages = divide(quantity, parseExact(packageSize));
  const byRate = percentOf(quantity, parseExact(ratePercent));
  return add(multiply(packages, parseExact(unitAmount)), byRate);
}
