import {
  add,
  compare,
  type Exact,
  exactOf,
  exactZero,
  multiply,
  parseExact,
  subtract,
} from '../../kernel/exact.ts';
import type { MeterState } from './meter-state.ts';
import { applyMinimum, applyTerms } from './period-terms.ts';
import { priceEvent } from './price-event.ts';
import { countPackages, priceTiers, type TierShare } from './price-tiers.ts';
import type { PeriodTerms, Price, TieredPrice } from './price.ts';

/** One event of a meter, or what is taken back of one. */
export interface MeterEvent {
  readonly quantity: Exact;
}

/** A counter at the start of a period; its amount is what is due without any usage. */
export function openState(price: Price): MeterState {
  return stateOf(price, exactZero, 0n, exactZero);
}

/** The counter after so many events of this quantity; for prices that look at no single event. */
export function stateAt(price: Price, quantity: Exact, events: bigint): MeterState {
  if (price.model === 'percentage') throw new TypeError('A percentage looks at single events.');
  return stateOf(price, quantity, events, exactZero);
}

/** The counter after one more event. */
export function advance(price: Price, state: MeterState, { quantity }: MeterEvent): MeterState {
  const total = add(state.quantity, quantity);
  const perEvent =
    price.model === 'percentage'
      ? add(state.uncapped ?? state.amount, priceEvent(price, state, quantity))
      : exactZero;
  return stateOf(price, total, state.events + 1n, perEvent);
}

/**
 * The counter without an event. What that changes is the price of the last units, whichever event
 * they came from; so the sum of all postings stays the price of what is left. A percentage takes
 * back what the event would cost as the last one.
 */
export function retract(price: Price, state: MeterState, { quantity }: MeterEvent): MeterState {
  const total = subtract(state.quantity, quantity);
  const events = state.events - 1n;
  const perEvent =
    price.model === 'percentage'
      ? subtract(
          state.uncapped ?? state.amount,
          priceEvent(price, { quantity: total, events }, quantity),
        )
      : exactZero;
  return stateOf(price, total, events, perEvent);
}

/**
 * What a whole period costs when it closes, minimum and commitment included. `share` is how much of
 * a whole period it lasted, 1 when it is left out; it shortens the minimum and the commitment.
 */
export function closeAmount(price: Price, state: MeterState, share: Exact = exactOf(1n)): Exact {
  return applyMinimum(price, state.amount, committedAmount(price), share);
}

/** What a quantity costs by the price alone, before any term of the period but what is included. */
export function priceQuantity(price: Price, quantity: Exact, events: bigint): Exact {
  switch (price.model) {
    case 'flat':
      return isUsed(price, quantity, events) ? parseExact(price.amount) : exactZero;
    case 'unit':
      return multiply(payable(price, quantity), parseExact(price.unitAmount));
    case 'package':
      return multiply(
        countPackages(payable(price, quantity), parseExact(price.packageSize), price.rounding),
        parseExact(price.packageAmount),
      );
    case 'graduated':
    case 'volume':
      return tierShares(price, quantity).reduce((sum, { amount }) => add(sum, amount), exactZero);
    case 'percentage':
      return priceEvent(price, { quantity: exactZero, events: 0n }, quantity);
  }
}

/** What each tier contributes to what a quantity costs, as an invoice may show it. */
export function tierShares(
  price: TieredPrice & PeriodTerms,
  quantity: Exact,
): readonly TierShare[] {
  return priceTiers(price, payable(price, quantity));
}

function stateOf(price: Price, quantity: Exact, events: bigint, perEvent: Exact): MeterState {
  const isPerEvent = price.model === 'percentage';
  const amount = isPerEvent ? perEvent : priceQuantity(price, quantity, events);
  const state = { quantity, events, amount: applyTerms(price, amount, committedAmount(price)) };
  const hasTerms = price.maximum !== undefined || price.commitment !== undefined;
  return isPerEvent && hasTerms ? { ...state, uncapped: perEvent } : state;
}

/** What was promised for a whole period; 0 when nothing was. */
function committedAmount(price: Price): Exact {
  const { commitment } = price;
  if (commitment === undefined) return exactZero;
  if (commitment.quantity === undefined) return parseExact(commitment.amount ?? '0');
  return priceQuantity(price, parseExact(commitment.quantity), 1n);
}

/** Whether there was anything at all; with units that cost nothing, anything beyond them. */
function isUsed(price: Price, quantity: Exact, events: bigint): boolean {
  if (price.included === undefined) return events > 0n;
  return compare(payable(price, quantity), exactZero) > 0;
}

/** What is left of a quantity after the units that cost nothing. */
function payable({ included }: PeriodTerms, quantity: Exact): Exact {
  if (included === undefined) return quantity;
  const rest = subtract(quantity, parseExact(included));
  return compare(rest, exactZero) > 0 ? rest : exactZero;
}
