import type { UsageRecord } from '../../metering/store.ts';
import type { BillingRule } from '../plans/plan.ts';
import { larger, per, ratio, readRatio, times, whole, type Ratio } from './ratio.ts';

/** A quantity as it happened, and as it is billed. */
export interface CountedQuantity {
  readonly counted: Ratio;
  readonly billed: Ratio;
}

/** How much of a rule's unit a record has; undefined when it says nothing of it. */
export function countAgain(
  { unit, transform = {} }: BillingRule,
  record: UsageRecord,
  currency: string,
): CountedQuantity | undefined {
  const counted = counts(unit, record, currency);
  if (counted === undefined) return undefined;
  const { minimum, increment, divideBy = '1' } = transform;
  let billed = minimum === undefined ? counted : larger(counted, readRatio(minimum));
  const step = increment ?? (transform.rounding === undefined ? undefined : divideBy);
  if (step !== undefined) {
    const steps = whole(per(billed, readRatio(step)), transform.rounding ?? 'up');
    billed = times(ratio(steps), readRatio(step));
  }
  return { counted, billed: per(billed, readRatio(divideBy)) };
}

function counts(unit: BillingRule['unit'], record: UsageRecord, currency: string) {
  const microseconds = BigInt(Math.round(record.durationMs * 1_000));
  if (unit === 'call' || unit === 'success') return ratio(1n);
  if (unit === 'millisecond') return ratio(microseconds, 1_000n);
  if (unit === 'stream_minute') return ratio(microseconds, 60_000_000n);
  if (unit === 'byte_in') return ratio(BigInt(record.bytesIn));
  if (unit === 'byte_out') return ratio(BigInt(record.bytesOut));
  if (unit === 'event') return ratio(BigInt(record.events));
  const { quantities } = record as { readonly quantities?: string | null };
  const said = JSON.parse(quantities ?? '{}') as Readonly<Record<string, unknown>>;
  const text = said[unit];
  if (typeof text !== 'string') return undefined;
  if (unit !== 'reported_price') return readRatio(text);
  const [amount = '', of] = text.split(' ');
  return of === currency ? readRatio(amount) : undefined;
}
