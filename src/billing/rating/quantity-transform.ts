import {
  divide,
  type Exact,
  exactOf,
  greatest,
  multiply,
  parseExact,
  type RoundingMode,
  roundTo,
} from '../../kernel/exact.ts';
import type { DecimalText } from './price.ts';

/** What becomes of an event's quantity before it is counted, in the order of the members. */
export interface QuantityTransform {
  readonly minimum?: DecimalText;
  /** Rounded to a multiple of `increment`; with a `rounding` alone, to whole billed units. */
  readonly increment?: DecimalText;
  /** Up when it is left out. */
  readonly rounding?: RoundingMode;
  /** Units that one billed unit has: 60000 makes minutes of milliseconds. */
  readonly divideBy?: DecimalText;
}

/** The billed quantity of one event; the minimum and the increment are in the event's own unit. */
export function transformQuantity(transform: QuantityTransform, quantity: Exact): Exact {
  const raised =
    transform.minimum === undefined ? quantity : greatest(quantity, parseExact(transform.minimum));
  const divisor = parseExact(transform.divideBy ?? '1');
  return divide(roundToMultiple(raised, stepOf(transform, divisor), transform.rounding), divisor);
}

function stepOf({ increment, rounding }: QuantityTransform, divisor: Exact): Exact | undefined {
  if (increment !== undefined) return parseExact(increment);
  return rounding === undefined ? undefined : divisor;
}

/** The multiple of `step` that is next to the quantity; the quantity itself without a step. */
function roundToMultiple(
  quantity: Exact,
  step: Exact | undefined,
  rounding: RoundingMode = 'up',
): Exact {
  if (step === undefined) return quantity;
  return multiply(exactOf(roundTo(divide(quantity, step), 0, rounding)), step);
}
