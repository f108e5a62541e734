import { fileURLToPath } from 'node:url';
import type { ClientCell } from './cells.ts';
import { readRequirementSet } from './requirement-set.ts';
import { checkCounts, type CellResult } from './run-cell.ts';
import { runSuiteClient } from './run-suite.ts';
import { judge, type Verdict } from './verdict.ts';

const SHIM = fileURLToPath(new URL('client/main.ts', import.meta.url));

/** The gateway under test. */
export interface GatewayAccess {
  readonly url: string;
  readonly apiKey: string;
}

/**
 * Runs the suite's servers behind the gateway, one after the other; what the suite judges is the
 * gateway's own client. With a scenario's name only that one is run.
 */
export async function runClientCell(
  cell: ClientCell,
  gateway: GatewayAccess,
  only: string | undefined,
): Promise<CellResult> {
  const { scored, unscored } = await readRequirementSet(cell.revision, 'client');
  const isChosen = (scenario: string): boolean => only === undefined || scenario === only;
  const verdicts: Verdict[] = [];
  for (const scenario of [...scored, ...unscored].filter(isChosen)) {
    const checks = await runSuiteClient({
      command: `${process.execPath} --disable-warning=ExperimentalWarning ${SHIM}`,
      scenario,
      revision: cell.revision,
      environment: { GATEWAY_URL: gateway.url, GATEWAY_KEY: gateway.apiKey },
    });
    verdicts.push(judge(scenario, scored.includes(scenario), checks));
  }
  return { cell, verdicts, problems: only === undefined ? checkCounts(cell, verdicts) : [] };
}
