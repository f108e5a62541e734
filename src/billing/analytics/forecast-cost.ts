import {
  add,
  exactOf,
  exactZero,
  fraction,
  greatest,
  toNano,
  type Exact,
} from '../../kernel/exact.ts';
import type { MoneyNano } from '../../kernel/money.ts';

/** What usage cost on one day. */
export interface DayCost {
  /** 0 to 6. */
  readonly weekday: number;
  readonly amount: MoneyNano;
}

/** What is known of a billing period that is not over. */
export interface ForecastInput {
  /** Charged in the period so far, today's included. */
  readonly soFar: MoneyNano;
  /** Of that, what usage was charged today. */
  readonly today: DayCost;
  /** The last complete days, the oldest first; some may be of before the period. */
  readonly complete: readonly DayCost[];
  /** The weekdays of the days that are to come in the period after today. */
  readonly toCome: readonly number[];
}

/** What a period is expected to cost. */
export interface CostForecast {
  /** `weekdays` with two complete weeks, `average` with less, `so_far` without a complete day. */
  readonly method: 'weekdays' | 'average' | 'so_far';
  readonly amount: MoneyNano;
  /** Complete days that it is made from. */
  readonly days: number;
}

const DAYS_FOR_WEEKDAYS = 14;

/**
 * What a period will have cost at its end: what it cost so far, and for each day to come what a
 * complete day cost on average, times how its weekday compares when there are two weeks. Today
 * counts as its expectation when that is more than today cost already.
 */
export function forecastCost({ soFar, today, complete, toCome }: ForecastInput): CostForecast {
  if (complete.length === 0) return { method: 'so_far', amount: soFar, days: 0 };
  const hasWeekdays = complete.length >= DAYS_FOR_WEEKDAYS;
  const expected = (weekday: number): Exact => {
    // The average of all days times the weekday's share of it is the average of that weekday.
    const days = hasWeekdays ? complete.filter((day) => day.weekday === weekday) : complete;
    const sum = days.reduce((total, { amount }) => total + amount, 0n);
    return fraction(sum, BigInt(Math.max(1, days.length)));
  };
  const rest = toCome.reduce((sum, weekday) => add(sum, expected(weekday)), exactZero);
  const missing = add(expected(today.weekday), exactOf(-today.amount));
  const whole = add(add(exactOf(soFar), greatest(exactZero, missing)), rest);
  // Amounts are whole billionths already: rounded as money is, halves to the even neighbour.
  const amount = toNano(fraction(whole.numerator, whole.denominator * 1_000_000_000n));
  return { method: hasWeekdays ? 'weekdays' : 'average', amount, days: complete.length };
}
