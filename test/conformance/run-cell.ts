import { skippedBySuite, type Cell, type ServerCell } from './cells.ts';
import { readRequirementSet } from './requirement-set.ts';
import { runSuite, type Check } from './run-suite.ts';
import { judge, type Verdict } from './verdict.ts';

/** What came out of one cell. */
export interface CellResult {
  readonly cell: Cell;
  readonly verdicts: readonly Verdict[];
  /** What is wrong with the run itself: too few scenarios, a bar that was missed. */
  readonly problems: readonly string[];
}

/** Runs every scenario of a cell against a URL. */
export async function runCell(cell: ServerCell, url: string): Promise<CellResult> {
  const { scored, unscored } = await readRequirementSet(cell.revision, 'server');
  const checks = new Map<string, readonly Check[]>(
    await runSuite(url, { requirements: cell.revision }),
  );
  for (const scenario of cell.further) {
    const selection = { scenario, revision: cell.revision };
    for (const [name, found] of await runSuite(url, selection)) checks.set(name, found);
  }
  const verdicts = [
    ...scored.map((scenario) => judge(scenario, true, checks.get(scenario))),
    ...[...unscored, ...cell.further].map((scenario) => {
      return judge(scenario, false, checks.get(scenario));
    }),
  ];
  const known = new Set([...verdicts.map(({ scenario }) => scenario), ...skippedBySuite]);
  const unexpected = [...checks.keys()].filter((scenario) => !known.has(scenario));
  const problems = unexpected.map((scenario) => `${scenario} was run and is in no set`);
  return { cell, verdicts, problems: [...problems, ...checkCounts(cell, verdicts)] };
}

/** Runs one scenario of a cell. */
export async function runScenario(
  cell: ServerCell,
  url: string,
  scenario: string,
): Promise<CellResult> {
  const { scored } = await readRequirementSet(cell.revision, 'server');
  const results = await runSuite(url, { scenario, revision: cell.revision });
  const verdict = judge(scenario, scored.includes(scenario), results.get(scenario));
  return { cell, verdicts: [verdict], problems: [] };
}

/** What is wrong with the number of scenarios that were run and that passed. */
export function checkCounts(cell: Cell, verdicts: readonly Verdict[]): readonly string[] {
  const problems: string[] = [];
  for (const kind of ['scored', 'unscored'] as const) {
    const { total, bar } = cell[kind];
    const ofKind = verdicts.filter(({ isScored }) => isScored === (kind === 'scored'));
    const passed = ofKind.filter((verdict) => verdict.passed).length;
    if (ofKind.length !== total) {
      problems.push(`${ofKind.length} ${kind} scenarios were run instead of ${total}`);
    }
    if (passed < bar) problems.push(`${passed} ${kind} scenarios pass; the bar is ${bar}`);
  }
  return problems;
}
