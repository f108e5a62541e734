import { type Exact, multiply, parseExact } from '../../kernel/exact.ts';
import { mostNanoOfEvent } from './most-of-event.ts';
import type { Price, Tier } from './price.ts';

const NANO = 10n ** 9n;

/**
 * The same as `mostNanoOfEvent` for a rule whose events all have this quantity: where every total
 * of its period is a whole number of billionths, none is rounded, and the most is exact.
 */
export function mostNanoOfSame(price: Price, quantity: Exact): bigint | undefined {
  const most = mostNanoOfEvent(price, quantity);
  if (most === undefined || most === 0n || !hasWholeTotals(price, quantity)) return most;
  return most - 1n;
}

function hasWholeTotals(price: Price, quantity: Exact): boolean {
  if (price.commitment !== undefined) return false;
  if (!isWholeNano(price.maximum)) return false;
  switch (price.model) {
    case 'flat':
      return isWholeNano(price.amount);
    case 'unit': {
      const each = parseExact(price.unitAmount);
      const included = parseExact(price.included ?? '0');
      return isWhole(multiply(each, quantity)) && isWhole(multiply(each, included));
    }
    case 'package':
      return isWholeNano(price.packageAmount);
    case 'percentage':
      return false;
    case 'graduated':
    case 'volume':
      return (
        isCount(quantity) && isCount(parseExact(price.included ?? '0')) && areWhole(price.tiers)
      );
  }
}

function areWhole(tiers: readonly Tier[]): boolean {
  return tiers.every(({ upTo, unitAmount, flatAmount, ratePercent, maximumAmount }) => {
    if (ratePercent !== undefined || !isCount(parseExact(upTo ?? '0'))) return false;
    return [unitAmount, flatAmount, maximumAmount].every(isWholeNano);
  });
}

const isWholeNano = (amount: string | undefined): boolean =>
  amount === undefined || isWhole(parseExact(amount));

const isWhole = ({ numerator, denominator }: Exact): boolean =>
  (numerator * NANO) % denominator === 0n;

const isCount = ({ numerator, denominator }: Exact): boolean => numerator % denominator === 0n;
