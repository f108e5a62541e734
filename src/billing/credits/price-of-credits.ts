import { divide, type Exact, multiply } from '../../kernel/exact.ts';

/** What so many credits cost when one costs `costOfOne`. */
export function priceOfCredits(credits: Exact, costOfOne: Exact): Exact {
  return multiply(credits, positiveCost(costOfOne));
}

/** How many credits an amount buys when one costs `costOfOne`. */
export function creditsFor(amount: Exact, costOfOne: Exact): Exact {
  return divide(amount, positiveCost(costOfOne));
}

function positiveCost(costOfOne: Exact): Exact {
  if (costOfOne.numerator <= 0n) throw new RangeError('What a credit costs is above 0');
  return costOfOne;
}
