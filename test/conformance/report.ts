import type { CellResult } from './run-cell.ts';

/** One line of the table. */
type Row = readonly string[];

const HEAD: Row = ['cell', 'requirement set', 'passed/total', 'bar', 'misses'];

function rowsOf({ cell, verdicts }: CellResult): readonly Row[] {
  return (['scored', 'unscored'] as const).flatMap((kind) => {
    const ofKind = verdicts.filter(({ isScored }) => isScored === (kind === 'scored'));
    if (ofKind.length === 0) return [];
    const misses = ofKind.filter(({ passed }) => !passed).map(({ scenario }) => scenario);
    const figures = `${ofKind.length - misses.length}/${ofKind.length}`;
    const set = kind === 'scored' ? cell.revision : `${cell.revision} unscored`;
    return [[cell.title, set, figures, String(cell[kind].bar), misses.join(', ') || '–']];
  });
}

/** Formats the results as a table. */
export function reportTable(results: readonly CellResult[]): string {
  const rows = [HEAD, ...results.flatMap(rowsOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: Row): string =>
    row
      .map((field, column) => field.padEnd(widths[column] ?? 0))
      .join(' | ')
      .trimEnd();
  return rows.map(line).join('\n');
}

/** The figures of a run as they are written to a file. */
export function reportJson(
  results: readonly CellResult[],
  run: { readonly mode: 'direct' | 'gateway'; readonly suite: string; readonly problems: unknown },
): string {
  const cells = results.map(({ cell, verdicts }) => ({
    cell: cell.name,
    revision: cell.revision,
    scored: summary(verdicts.filter(({ isScored }) => isScored)),
    unscored: summary(verdicts.filter(({ isScored }) => !isScored)),
    scenarios: verdicts.map(({ messages: _messages, ...verdict }) => verdict),
  }));
  return `${JSON.stringify({ ...run, cells }, null, 2)}\n`;
}

function summary(verdicts: CellResult['verdicts']): object {
  const passed = verdicts.filter((verdict) => verdict.passed).length;
  const checks = verdicts.reduce((sum, { successes }) => sum + successes, 0);
  return { passed, total: verdicts.length, successfulChecks: checks };
}
