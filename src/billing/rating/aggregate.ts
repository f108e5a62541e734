import {
  add,
  compare,
  divide,
  type Exact,
  exactOf,
  exactZero,
  fraction,
  greatest,
  multiply,
} from '../../kernel/exact.ts';

/** How a meter makes one quantity of a period's events. */
export type Aggregation =
  | 'count'
  | 'sum'
  | 'max'
  | 'unique'
  | 'latest'
  | 'average'
  | 'weighted_sum'
  | 'bucketed_max';

/** What is known of an event; what an aggregation does not need may be left out. */
export interface AggregateEvent {
  readonly value: Exact;
  readonly atMs: number;
  /** What `unique` counts, instead of the value. */
  readonly key?: string;
}

/** The period that `weighted_sum` weighs by, and the bucket that `bucketed_max` looks into. */
export interface AggregateFrame {
  readonly startMs: number;
  readonly endMs: number;
  /** Length of a bucket; buckets are counted from the start of the period. */
  readonly bucketMs: number;
}

/**
 * The quantity of a period. Nothing happened: 0. `latest` is the value of the last moment, of equal
 * moments the one that came last. `weighted_sum` adds up changes of a level, each for the share of
 * the period that is left after it. `bucketed_max` sums the highest value of every bucket.
 */
export function aggregate(
  kind: Aggregation,
  events: readonly AggregateEvent[],
  frame: AggregateFrame,
): Exact {
  if (events.length === 0) return exactZero;
  const sum = (): Exact => events.reduce((total, { value }) => add(total, value), exactZero);
  switch (kind) {
    case 'count':
      return exactOf(BigInt(events.length));
    case 'sum':
      return sum();
    case 'max':
      return highest(events);
    case 'unique':
      return exactOf(BigInt(new Set(events.map(keyOf)).size));
    case 'latest':
      return events.reduce((last, event) => (event.atMs >= last.atMs ? event : last)).value;
    case 'average':
      return divide(sum(), exactOf(BigInt(events.length)));
    case 'weighted_sum':
      return events.reduce((total, event) => add(total, weightedValue(event, frame)), exactZero);
    case 'bucketed_max':
      return bucketedMax(events, frame);
  }
}

/** A change of a level, for the share of the period that is left after it; all before it counts. */
export function weightedValue(
  { value, atMs }: AggregateEvent,
  { startMs, endMs }: AggregateFrame,
): Exact {
  if (endMs <= startMs) throw new RangeError('The period has no time in it to weigh by');
  const rest = fraction(BigInt(endMs) - BigInt(Math.max(atMs, startMs)), BigInt(endMs - startMs));
  return compare(rest, exactZero) > 0 ? multiply(value, rest) : exactZero;
}

function keyOf({ key, value }: AggregateEvent): string {
  return key ?? `${value.numerator}/${value.denominator}`;
}

function highest(events: readonly AggregateEvent[]): Exact {
  return events.map(({ value }) => value).reduce(greatest);
}

/** Which bucket a moment lies in, counted from the start; those before it are below 0. */
function bucketOf(afterStart: bigint, size: bigint): bigint {
  return (afterStart < 0n ? afterStart - size + 1n : afterStart) / size;
}

function bucketedMax(events: readonly AggregateEvent[], frame: AggregateFrame): Exact {
  if (frame.bucketMs <= 0) throw new RangeError('A bucket is longer than 0 ms');
  const buckets = Map.groupBy(events, ({ atMs }) =>
    bucketOf(BigInt(atMs) - BigInt(frame.startMs), BigInt(frame.bucketMs)),
  );
  return [...buckets.values()].map(highest).reduce(add, exactZero);
}
