import type { UsageRecord } from '../../metering/store.ts';
import type { BillingRule } from '../plans/plan.ts';
import { larger, per, plus, ratio, readRatio, times, whole, type Ratio } from './ratio.ts';

/** A quantity as it happened, and as it is billed. */
export interface CountedQuantity {
  readonly counted: Ratio;
  readonly billed: Ratio;
}

/** What a record says was used, or what it says of the parts before it. */
interface Amounts {
  readonly durationMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly events: number;
}

/** How much of a rule's unit a record has; undefined when it says nothing of it. */
export function countAgain(
  rule: BillingRule,
  record: UsageRecord,
  currency: string,
): CountedQuantity | undefined {
  const { unit } = rule;
  const own = counts(unit, record, currency);
  const earlier = earlierOf(record);
  const before = earlier === undefined ? undefined : amountOf(unit, earlier);
  const counted = own === undefined || before === undefined ? own : plus(own, before);
  return counted === undefined ? undefined : billedAgain(rule, counted);
}

/** How much of a rule's unit the records before this one have; undefined when they have none. */
export function countBefore(rule: BillingRule, record: UsageRecord): CountedQuantity | undefined {
  const earlier = earlierOf(record);
  const counted = earlier === undefined ? undefined : amountOf(rule.unit, earlier);
  return counted === undefined || counted.top <= 0n ? undefined : billedAgain(rule, counted);
}

function earlierOf({ part }: UsageRecord): Amounts | undefined {
  return part === null ? undefined : (JSON.parse(part) as Amounts);
}

function billedAgain({ transform = {} }: BillingRule, counted: Ratio): CountedQuantity {
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
  if (unit === 'call' || unit === 'success') return ratio(1n);
  const used = amountOf(unit, record);
  if (used !== undefined) return used;
  const { quantities } = record as { readonly quantities?: string | null };
  const said = JSON.parse(quantities ?? '{}') as Readonly<Record<string, unknown>>;
  const text = said[unit];
  if (typeof text !== 'string') return undefined;
  if (unit !== 'reported_price') return readRatio(text);
  const [amount = '', of] = text.split(' ');
  return of === currency ? readRatio(amount) : undefined;
}

/** Of what grows while a call runs. */
function amountOf(unit: BillingRule['unit'], used: Amounts): Ratio | undefined {
  const microseconds = BigInt(Math.round(used.durationMs * 1_000));
  if (unit === 'millisecond') return ratio(microseconds, 1_000n);
  if (unit === 'stream_minute') return ratio(microseconds, 60_000_000n);
  if (unit === 'byte_in') return ratio(BigInt(used.bytesIn));
  if (unit === 'byte_out') return ratio(BigInt(used.bytesOut));
  if (unit === 'event') return ratio(BigInt(used.events));
  return undefined;
}
