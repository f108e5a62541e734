import { median } from './statistics.ts';

/** What one checkout showed in one round. */
export interface SideFigures {
  /** CPU time per call, the median of the round's windows. */
  readonly cpuMicros: number;
  readonly readyMs: number;
  readonly startRssBytes: number;
  readonly loadRssBytes: number;
}

/** Both checkouts in one round. */
export interface Pair {
  readonly before: SideFigures;
  readonly after: SideFigures;
}

const ROWS = [
  ['CPU µs per call', 'cpuMicros', 1, 1],
  ['ms until ready', 'readyMs', 1, 0],
  ['RSS MB after the start', 'startRssBytes', 1e6, 1],
  ['RSS MB after the load', 'loadRssBytes', 1e6, 1],
] as const satisfies readonly (readonly [string, keyof SideFigures, number, number])[];

/** After divided by before of one figure, round by round. */
export function pairRatios(pairs: readonly Pair[], figure: keyof SideFigures): readonly number[] {
  return pairs.map(({ before, after }) => after[figure] / before[figure]);
}

/** Says whether the median CPU ratio is within the bar; a run without figures is not. */
export function isWithinBar(pairs: readonly Pair[], bar: number | undefined): boolean {
  return bar === undefined || median(pairRatios(pairs, 'cpuMicros')) <= bar;
}

/** Writes the rounds of one scenario as a table: medians, the median ratio and every ratio. */
export function renderPairs(pairs: readonly Pair[]): readonly string[] {
  const rows = ROWS.map(([title, figure, unit, digits]) => {
    const side = (pick: (pair: Pair) => SideFigures): string =>
      (median(pairs.map((pair) => pick(pair)[figure])) / unit).toFixed(digits);
    const ratios = pairRatios(pairs, figure);
    return [
      title,
      side(({ before }) => before),
      side(({ after }) => after),
      median(ratios).toFixed(3),
      ratios.map((ratio) => ratio.toFixed(2)).join(' '),
    ];
  });
  const headings = ['median', 'before', 'after', 'after/before', 'round by round'];
  return [headings, headings.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
}
