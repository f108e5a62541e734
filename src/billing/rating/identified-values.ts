import { add, type Exact, exactZero, subtract } from '../../kernel/exact.ts';

/** A value that a producer may send again, corrected or not, under the same id. */
export interface IdentifiedValue {
  readonly id: string;
  readonly value: Exact;
}

/** What a repeated id means: `first`, a repetition is nothing new; `latest`, it is a correction. */
export type RepeatedId = 'first' | 'latest';

/** What is counted of each id, in the order in which the ids came up first. */
export function valuesById(
  values: readonly IdentifiedValue[],
  repeated: RepeatedId,
): ReadonlyMap<string, Exact> {
  const counted = new Map<string, Exact>();
  for (const { id, value } of values) {
    if (repeated === 'latest' || !counted.has(id)) counted.set(id, value);
  }
  return counted;
}

/** The sum of what is counted. */
export function sumById(values: readonly IdentifiedValue[], repeated: RepeatedId): Exact {
  return [...valuesById(values, repeated).values()].reduce(add, exactZero);
}

/** What a value changes in the sum, given what was counted of its id before. */
export function changeById(
  { value }: IdentifiedValue,
  before: Exact | undefined,
  repeated: RepeatedId,
): Exact {
  if (before === undefined) return value;
  return repeated === 'latest' ? subtract(value, before) : exactZero;
}
