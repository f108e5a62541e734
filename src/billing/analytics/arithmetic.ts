import { mergeLatency } from '../../metering/store.ts';
import type { CostMeasure, UsageMeasure } from './store.ts';

/** How sums of one kind are added up and put in order. */
export interface Arithmetic<Measure> {
  zero(): Measure;
  /** Adds, or takes away with -1. */
  add(sum: Measure, more: Measure, sign: 1 | -1): void;
  /** By what the first is larger: below, at or above 0. */
  compare(one: Measure, other: Measure): number;
  /** What is compared, as a whole number: records, or billionths of a currency unit. */
  sizeOf(measure: Measure): bigint;
}

/** Usage: the most records are the largest. */
export const usageArithmetic: Arithmetic<UsageMeasure> = {
  zero: () => ({
    records: 0,
    calls: 0,
    durationMicros: 0,
    bytesIn: 0,
    bytesOut: 0,
    tokens: 0,
    events: 0,
    latency: new Map(),
  }),
  add: (sum, more, sign) => {
    sum.records += sign * more.records;
    sum.calls += sign * more.calls;
    sum.durationMicros += sign * more.durationMicros;
    sum.bytesIn += sign * more.bytesIn;
    sum.bytesOut += sign * more.bytesOut;
    sum.tokens += sign * more.tokens;
    sum.events += sign * more.events;
    mergeLatency(sum.latency, more.latency, sign);
  },
  compare: (one, other) => one.records - other.records,
  sizeOf: ({ records }) => BigInt(records),
};

/** Costs of one currency: the highest amounts are the largest. */
export const costArithmetic: Arithmetic<CostMeasure> = {
  zero: () => ({ charges: 0, amount: 0n, provisional: 0n, provisionalCharges: 0 }),
  add: (sum, more, sign) => {
    sum.charges += sign * more.charges;
    sum.amount += BigInt(sign) * more.amount;
    sum.provisional += BigInt(sign) * more.provisional;
    sum.provisionalCharges += sign * more.provisionalCharges;
  },
  compare: (one, other) => {
    if (one.amount === other.amount) return one.charges - other.charges;
    return one.amount < other.amount ? -1 : 1;
  },
  sizeOf: ({ amount }) => amount,
};
