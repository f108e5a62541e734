import { mkdir, writeFile } from 'node:fs/promises';
import { judge, ratiosOf } from './judge.ts';
import { renderReport } from './report.ts';
import type { CallFigures, RunResult, ScenarioResult } from './results.ts';

const FOLDER = new URL('results/', import.meta.url);

/** Keeps a run as JSON under the set's name, and the default set as Markdown too. */
export async function recordRun(run: RunResult, set: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const json = { ...run, scenarios: run.scenarios.map(plain) };
  await writeFile(new URL(`${set}.json`, FOLDER), `${JSON.stringify(json, null, 2)}\n`);
  if (set === 'default') await writeFile(new URL('latest.md', FOLDER), renderReport(run));
}

function plain(result: ScenarioResult): unknown {
  const { scenario, subjects, leftOut } = result;
  return {
    name: scenario.name,
    summary: scenario.summary,
    load: scenario.load,
    subjects: subjects.map(({ name, calls, listen }) => ({
      name,
      ...(calls === undefined ? {} : { calls: roundFigures(calls) }),
      ...(listen === undefined ? {} : { listen }),
    })),
    ratios: ratiosOf(result).map((ratio) => ({ ...ratio, value: rounded(ratio.value) })),
    gates: judge(result).map(({ gate, outcome }) => ({ gate, outcome })),
    leftOut,
  };
}

function roundFigures(calls: CallFigures): Readonly<Record<string, unknown>> {
  const entries = Object.entries(calls).map(([name, value]: [string, unknown]) => {
    if (typeof value === 'number') return [name, rounded(value)];
    if (Array.isArray(value)) return [name, value.map((item) => rounded(Number(item)))];
    return [name, value];
  });
  return Object.fromEntries(entries) as Readonly<Record<string, unknown>>;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
