import type { Arithmetic } from './arithmetic.ts';
import { groupMark, type GroupSum } from './rank-groups.ts';

/** What a group came to in two periods of the same length. */
export interface Mover<Measure> {
  readonly group: readonly string[];
  readonly before: Measure;
  readonly now: Measure;
  /** How much more it is now: records, or billionths of a currency unit. */
  readonly change: bigint;
  /** The change as millionths of what it was before; undefined for what was nothing. */
  readonly changeMillionths: bigint | undefined;
  /** How much more of the total it is now, in millionths of the totals. */
  readonly shareMillionths: bigint;
}

const MILLION = 1_000_000n;

/**
 * The groups that changed most, up or down: by the amount of their change, or by that of their
 * share of the total.
 */
export function findMovers<Measure>(
  before: readonly GroupSum<Measure>[],
  now: readonly GroupSum<Measure>[],
  arithmetic: Arithmetic<Measure>,
  { top, order }: { readonly top: number; readonly order: 'change' | 'share' },
): readonly Mover<Measure>[] {
  const { zero, sizeOf } = arithmetic;
  const beforeTotal = before.reduce((sum, { measure }) => sum + sizeOf(measure), 0n);
  const nowTotal = now.reduce((sum, { measure }) => sum + sizeOf(measure), 0n);
  const earlier = new Map(before.map((one) => [groupMark(one.group), one]));
  const later = new Map(now.map((one) => [groupMark(one.group), one]));
  const movers = [...new Map([...earlier, ...later]).entries()].map(([mark, { group }]) => {
    const was = earlier.get(mark)?.measure ?? zero();
    const is = later.get(mark)?.measure ?? zero();
    const [wasSize, isSize] = [sizeOf(was), sizeOf(is)];
    return {
      group,
      before: was,
      now: is,
      change: isSize - wasSize,
      changeMillionths: wasSize === 0n ? undefined : ((isSize - wasSize) * MILLION) / wasSize,
      shareMillionths: shareOf(isSize, nowTotal) - shareOf(wasSize, beforeTotal),
    };
  });
  const sizeOfMove = (mover: Mover<Measure>): bigint =>
    absolute(order === 'change' ? mover.change : mover.shareMillionths);
  return movers
    .filter((mover) => mover.change !== 0n || mover.shareMillionths !== 0n)
    .toSorted((one, other) => {
      const [left, right] = [sizeOfMove(one), sizeOfMove(other)];
      if (left !== right) return left < right ? 1 : -1;
      return groupMark(one.group) < groupMark(other.group) ? -1 : 1;
    })
    .slice(0, top);
}

function shareOf(size: bigint, total: bigint): bigint {
  return total === 0n ? 0n : (size * MILLION) / total;
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}
