import {
  add,
  compare,
  type Exact,
  exactZero,
  greatest,
  least,
  parseExact,
  subtract,
} from '../../kernel/exact.ts';
import { percentOf } from './price-tiers.ts';
import type { PercentagePrice, PeriodTerms } from './price.ts';

/** Where a counter stood before an event. */
export interface EventsBefore {
  readonly quantity: Exact;
  readonly events: bigint;
}

/**
 * What one event of a percentage price costs after those before it. Events are free until either
 * their number or their amount is used up; the event that goes beyond the free amount is paid for
 * what goes beyond.
 */
export function priceEvent(
  price: PercentagePrice & PeriodTerms,
  before: EventsBefore,
  quantity: Exact,
): Exact {
  const paid = paidPart(price, before, quantity);
  if (paid === undefined) return exactZero;
  const amount = add(
    percentOf(paid, parseExact(price.ratePercent)),
    parseExact(price.fixedAmount ?? '0'),
  );
  const { minimumPerEvent, maximumPerEvent } = price;
  const raised =
    minimumPerEvent === undefined ? amount : greatest(amount, parseExact(minimumPerEvent));
  return maximumPerEvent === undefined ? raised : least(raised, parseExact(maximumPerEvent));
}

/** What of an event is not free; undefined when all of it is. */
function paidPart(
  price: PercentagePrice & PeriodTerms,
  { quantity: before, events }: EventsBefore,
  quantity: Exact,
): Exact | undefined {
  const freeAmount = price.freeAmount ?? price.included;
  if (price.freeEvents === undefined && freeAmount === undefined) return quantity;
  const eventsLeft =
    price.freeEvents === undefined ||
    compare(parseExact(price.freeEvents), { numerator: events, denominator: 1n }) > 0;
  if (!eventsLeft) return quantity;
  if (freeAmount === undefined) return undefined;
  const left = subtract(parseExact(freeAmount), before);
  if (compare(left, exactZero) <= 0) return quantity;
  return compare(quantity, left) <= 0 ? undefined : subtract(quantity, left);
}
