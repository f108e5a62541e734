import { knownMisses } from './known-misses.ts';
import type { SuiteOutcome } from './run-suites.ts';

/** One line of the table: how much of a document's part of the report was reached. */
export interface SummaryRow {
  readonly name: string;
  readonly reached: number;
  readonly of: number;
}

/** What came of all suites. */
export interface Summary {
  readonly rows: readonly SummaryRow[];
  readonly total: SummaryRow;
  /** `document scenario` of what was not reached and is not known. */
  readonly newMisses: readonly string[];
  /** Known misses that were reached, or that the server does not have. */
  readonly staleMisses: readonly string[];
  readonly uncalled: readonly string[];
  readonly wrong: readonly string[];
}

/** Sums up the suites and compares what was missed with what is known to be. */
export function summarize(outcomes: readonly SuiteOutcome[]): Summary {
  const rows = outcomes.map(({ document, scenarios, reached }) => ({
    name: document,
    reached: reached.length,
    of: scenarios.length,
  }));
  const missed = new Set(
    outcomes.flatMap(({ document, scenarios, reached }) =>
      scenarios.filter((name) => !reached.includes(name)).map((name) => `${document} ${name}`),
    ),
  );
  const known = new Set(knownMisses.map(({ document, scenario }) => `${document} ${scenario}`));
  return {
    rows,
    total: {
      name: 'all',
      reached: rows.reduce((sum, row) => sum + row.reached, 0),
      of: rows.reduce((sum, row) => sum + row.of, 0),
    },
    newMisses: [...missed].filter((name) => !known.has(name)),
    staleMisses: [...known].filter((name) => !missed.has(name)),
    uncalled: outcomes.flatMap(({ document, uncalled }) =>
      uncalled.map((name) => `${document} ${name}`),
    ),
    wrong: outcomes.flatMap(({ document, wrong }) => wrong.map((text) => `${document} ${text}`)),
  };
}

/** The share of a row in percent, never rounded up. */
export const percentOf = ({ reached, of }: SummaryRow): number =>
  of === 0 ? 0 : Math.floor((1000 * reached) / of) / 10;
