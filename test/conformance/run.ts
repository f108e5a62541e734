import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compareWithBaseline, readBaseline } from './baseline.ts';
import { cellNames, clientCells, serverCells, type Cell, type ServerCell } from './cells.ts';
import { openDirectBench, openGatewayBench } from './open-bench.ts';
import { reportJson, reportTable } from './report.ts';
import { runCell, runScenario, type CellResult } from './run-cell.ts';
import { runClientCell } from './run-client-cell.ts';
import { suiteFolder } from './run-suite.ts';

const BASELINE = new URL('baseline.yaml', import.meta.url);
const RESULTS = new URL('results/', import.meta.url);

const { values } = parseArgs({
  options: {
    cell: { type: 'string', multiple: true },
    scenario: { type: 'string' },
    direct: { type: 'boolean', default: false },
  },
});

const unknown = (values.cell ?? []).filter((name) => !cellNames.includes(name));
if (unknown.length > 0) throw new Error(`--cell is one of ${cellNames.join(', ')}`);

const isChosen = ({ name }: Cell): boolean => values.cell?.includes(name) ?? true;

function chooseServerCells(): readonly ServerCell[] {
  const chosen = serverCells.filter(isChosen);
  // Without a gateway nothing bridges: client and fixture have to be of one era.
  return values.direct ? chosen.filter(({ client, upstream }) => client === upstream) : chosen;
}

async function problemsOf(result: CellResult): Promise<readonly string[]> {
  const baseline = await readBaseline(BASELINE, cellNames);
  const misses = values.direct ? [] : (baseline[result.cell.name] ?? []);
  const { scenario } = values;
  const relevant = misses.filter((miss) => scenario === undefined || miss.scenario === scenario);
  const found = [...result.problems, ...compareWithBaseline(result.verdicts, relevant)];
  return found.map((problem) => `${result.cell.name}: ${problem}`);
}

async function suiteVersion(): Promise<string> {
  const text = await readFile(join(suiteFolder, 'package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

async function runAll(): Promise<readonly CellResult[]> {
  await using bench = values.direct ? await openDirectBench() : await openGatewayBench();
  const results: CellResult[] = [];
  const { scenario } = values;
  for (const cell of chooseServerCells()) {
    const url = bench.urlOf(cell);
    const run = scenario === undefined ? runCell(cell, url) : runScenario(cell, url, scenario);
    results.push(await run);
  }
  const { gateway } = bench;
  if (gateway === undefined) return results;
  for (const cell of clientCells.filter(isChosen)) {
    results.push(await runClientCell(cell, gateway, scenario));
  }
  return results;
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);

const results = await runAll();
if (results.length === 0) throw new Error('No cell was chosen');
const problems = (await Promise.all(results.map(problemsOf))).flat();
print(reportTable(results));
for (const { cell, verdicts } of results) {
  for (const { scenario, messages } of verdicts) {
    for (const message of messages) print(`  ${cell.name} ${scenario} – ${message}`);
  }
}
for (const problem of problems) print(`PROBLEM ${problem}`);

// Only a whole run may stand as the latest result.
if (values.scenario === undefined && values.cell === undefined) {
  const mode = values.direct ? 'direct' : 'gateway';
  const name = values.direct ? 'latest-direct.json' : 'latest.json';
  const report = reportJson(results, { mode, suite: await suiteVersion(), problems });
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL(name, RESULTS), report);
}
process.exitCode = problems.length > 0 ? 1 : 0;
