import {
  compare,
  divide,
  exactOf,
  fraction,
  fromNano,
  multiply,
  type Exact,
} from '../../kernel/exact.ts';
import type { MoneyNano } from '../../kernel/money.ts';

/** What a tenant spent in one currency. */
export interface SpendSample {
  readonly lastHour: MoneyNano;
  /** In the days before that hour, and since when there is anything; epoch milliseconds. */
  readonly before: MoneyNano;
  readonly firstAtMs: number;
}

/** When spending is unusual. */
export interface UnusualSpendTerms {
  /** How many times the mean, in percent. */
  readonly percent: bigint;
  /** The least that is worth telling, in units of the currency. */
  readonly minimum: Exact;
}

/** What is unusual: the last hour, and the mean hour before. */
export interface UnusualSpend {
  readonly lastHour: MoneyNano;
  readonly meanHour: Exact;
}

const HOUR_MS = 3_600_000;
/** How far back the mean looks, and how much of that there must be to be judged by. */
const DAYS_HOURS = 7n * 24n;
const LEAST_HOURS = 24n;

/**
 * Whether the last hour, which ends now, cost unusually much for this tenant: at least the minimum,
 * and more than so many times the mean hour of the seven days before it. With less than a day to
 * compare with, nothing is unusual.
 */
export function unusualSpend(
  { lastHour, before, firstAtMs }: SpendSample,
  { percent, minimum }: UnusualSpendTerms,
  nowMs: number,
): UnusualSpend | undefined {
  const sinceMs = nowMs - HOUR_MS - firstAtMs;
  if (sinceMs <= 0) return undefined;
  const known = BigInt(sinceMs) / BigInt(HOUR_MS);
  const hours = known < DAYS_HOURS ? known : DAYS_HOURS;
  if (hours < LEAST_HOURS) return undefined;
  const meanHour = divide(fromNano(before), exactOf(hours));
  const usual = multiply(meanHour, fraction(percent, 100n));
  const spent = fromNano(lastHour);
  if (compare(spent, minimum) < 0 || compare(spent, usual) <= 0) return undefined;
  return { lastHour, meanHour };
}
