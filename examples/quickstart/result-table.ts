import type { CallRow } from './run-calls.ts';

const head = ['SERVICE', 'TOOL', 'CLIENT', 'UPSTREAM', 'RESULT', 'MS', 'COST'];

/** The calls as a table. */
export function resultTable(rows: readonly CallRow[]): string {
  const cells = rows.map((row) => [
    row.service,
    row.tool,
    row.clientEra,
    row.upstreamEra ?? '-',
    row.problem === undefined ? 'right' : 'WRONG',
    row.milliseconds.toFixed(1),
    row.cost ?? '-',
  ]);
  const table = [head, ...cells];
  const widths = head.map((_, column) =>
    Math.max(...table.map((line) => line[column]?.length ?? 0)),
  );
  const lines = table.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
