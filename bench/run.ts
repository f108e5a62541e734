import { cpus } from 'node:os';
import { judge, passes } from './judge.ts';
import { measureScenario } from './measure-scenario.ts';
import { parseOptions, USAGE } from './options.ts';
import type { Options } from './options.ts';
import { choosePinning, pinProcess } from './pinning.ts';
import type { Pinning } from './pinning.ts';
import { profileSubject } from './profile-subject.ts';
import { recordRun } from './record.ts';
import { renderReport, renderScenario } from './report.ts';
import type { RunResult, ScenarioResult } from './results.ts';
import { loadScenarios, pickScenarios } from './scenarios.ts';
import { pickSubjects } from './subjects.ts';

/** Runs the benchmark as the command line asks and returns the exit code. */
export async function runBench(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.isHelp) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (process.platform !== 'linux') throw new Error('the CPU meter reads /proc: Linux only');
  const pinning = choosePinning();
  pinProcess(process.pid, pinning.loadCore);
  if (options.profile !== undefined) return runProfile(options, options.profile, pinning);
  const run = await runScenarios(options, pinning);
  const isChanged = options.subjects.length > 0 || options.gatewayFlags.length > 0;
  const isPartial = isChanged || options.depth.mode === 'quick';
  const set = options.scenarios.length === 0 ? 'default' : options.scenarios.join('+');
  if (!isPartial) await recordRun(run, set);
  const verdicts = run.scenarios.flatMap(judge);
  return options.isGated && !passes(verdicts) ? 1 : 0;
}

async function runScenarios(options: Options, pinning: Pinning): Promise<RunResult> {
  const subjects = pickSubjects(options.subjects);
  const results: ScenarioResult[] = [];
  const { depth, gatewayFlags } = options;
  const machine = describe(depth.mode, pinning);
  process.stdout.write(renderReport({ ...machine, scenarios: [] }));
  for (const scenario of pickScenarios(await loadScenarios(), options.scenarios)) {
    const result = await measureScenario(scenario, { subjects, depth, pinning, gatewayFlags });
    process.stdout.write(`\n${renderScenario(result).join('\n')}\n`);
    results.push(result);
  }
  return { ...machine, scenarios: results };
}

async function runProfile(options: Options, name: string, pinning: Pinning): Promise<number> {
  const names = options.scenarios.length === 0 ? ['modern-small'] : options.scenarios;
  const [subject] = pickSubjects([name]);
  for (const scenario of pickScenarios(await loadScenarios(), names)) {
    if (subject === undefined) continue;
    const { depth, gatewayFlags } = options;
    const text = await profileSubject(scenario, subject, { depth, pinning, gatewayFlags });
    process.stdout.write(`${text}\n`);
  }
  return 0;
}

function describe(mode: RunResult['mode'], pinning: Pinning): Omit<RunResult, 'scenarios'> {
  const all = cpus();
  return {
    date: new Date().toISOString(),
    mode,
    node: process.versions.node,
    cpuModel: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    pinning: pinning.note,
  };
}

if (import.meta.main) process.exitCode = await runBench(process.argv.slice(2));
