import { rollupOther } from '../../metering/store.ts';
import type { Arithmetic } from './arithmetic.ts';
import type { MeasuredGroup } from './store.ts';

/** What one group comes to. */
export interface GroupSum<Measure> {
  readonly group: readonly string[];
  readonly measure: Measure;
}

/** The largest groups, and what all others come to together. */
export interface RankedGroups<Measure> {
  readonly total: Measure;
  readonly groups: readonly GroupSum<Measure>[];
  /** What is in none of the groups up to these; undefined when groups overlap. */
  readonly other: Measure | undefined;
  /** How many groups are before the next page; undefined when there is none. */
  readonly next: number | undefined;
}

/** Which part of the groups is wanted. */
export interface RankPage {
  readonly skipped: number;
  readonly top: number;
  /** Whether something may be in several groups, so that they do not sum up to the total. */
  readonly overlaps: boolean;
}

/** Adds rows up by their groups; what has no row of its own is in none. */
export function sumGroups<Measure>(
  rows: readonly MeasuredGroup<Measure>[],
  { zero, add }: Arithmetic<Measure>,
): readonly GroupSum<Measure>[] {
  const sums = new Map<string, GroupSum<Measure>>();
  for (const { group, measure } of rows) {
    if (group.includes(rollupOther)) continue;
    const mark = groupMark(group);
    let sum = sums.get(mark);
    if (sum === undefined) sums.set(mark, (sum = { group, measure: zero() }));
    add(sum.measure, measure, 1);
  }
  return [...sums.values()];
}

/** Puts groups in order, the largest first, and takes a page of them. */
export function rankGroups<Measure>(
  groups: readonly GroupSum<Measure>[],
  total: Measure,
  { skipped, top, overlaps }: RankPage,
  arithmetic: Arithmetic<Measure>,
): RankedGroups<Measure> {
  // Of groups that are as large the order stays as it was read, on every page the same.
  const ranked = groups.toSorted((one, other) => arithmetic.compare(other.measure, one.measure));
  const end = skipped + top;
  const other = arithmetic.zero();
  arithmetic.add(other, total, 1);
  for (const { measure } of ranked.slice(0, end)) arithmetic.add(other, measure, -1);
  return {
    total,
    groups: ranked.slice(skipped, end),
    other: overlaps ? undefined : other,
    next: end < ranked.length ? end : undefined,
  };
}

/** One text for a group. */
export function groupMark(group: readonly string[]): string {
  return JSON.stringify(group);
}
