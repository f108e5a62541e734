import { add, type Exact, exactZero, type RoundingMode, roundTo } from '../../kernel/exact.ts';

/** How a plan rounds its invoices. */
export interface RoundingPolicy {
  readonly mode: RoundingMode;
  /** `line`: the total is the sum of rounded lines. `total`: the sum is rounded. */
  readonly at: 'line' | 'total';
}

/** An invoice in whole steps of the currency's smallest unit; the parts sum to the total. */
export interface RoundedLines {
  readonly lines: readonly bigint[];
  /** What a line of its own must say so that the lines sum to the total; 0 when nothing must. */
  readonly roundingLine: bigint;
  readonly total: bigint;
}

/** Rounds the lines of an invoice and its total to `digits` decimals. */
export function roundLines(
  amounts: readonly Exact[],
  digits: number,
  { mode, at }: RoundingPolicy,
): RoundedLines {
  const lines = amounts.map((amount) => roundTo(amount, digits, mode));
  const sum = lines.reduce((total, line) => total + line, 0n);
  const total = at === 'line' ? sum : roundTo(amounts.reduce(add, exactZero), digits, mode);
  return { lines, roundingLine: total - sum, total };
}
