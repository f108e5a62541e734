import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Depth } from './depth.ts';
import { measureCalls } from './measure-calls.ts';
import type { Bench, NamedSubject } from './measure-calls.ts';
import { measureListen } from './measure-listen.ts';
import type { Pinning } from './pinning.ts';
import type { LeftOut, ScenarioResult, SubjectResult } from './results.ts';
import type { Scenario } from './scenario.ts';
import type { Subject, UpstreamAddress } from './subject.ts';
import { startWorker } from './worker.ts';
import type { Worker } from './worker.ts';

/** Which subjects to measure, how deeply, and on which cores. */
export interface MeasurePlan {
  readonly subjects: readonly Subject[];
  readonly depth: Depth;
  readonly pinning: Pinning;
  readonly gatewayFlags: readonly string[];
  readonly nodeFlags?: readonly string[];
}

/** What is running for a scenario; everything in it is stopped afterwards. */
export interface Stage {
  readonly bench: Bench;
  readonly subjects: readonly NamedSubject[];
  readonly leftOut: readonly LeftOut[];
}

/** Runs one scenario with all subjects up at the same time. */
export async function measureScenario(
  scenario: Scenario,
  plan: MeasurePlan,
): Promise<ScenarioResult> {
  return withStage(scenario, plan, async ({ bench, subjects, leftOut }) => {
    const { load } = scenario;
    let results: readonly SubjectResult[];
    if (load.kind === 'calls') results = await measureCalls(bench, load, subjects);
    else results = await measureListen(bench, load, subjects);
    return { scenario, subjects: results, leftOut };
  });
}

/** Starts upstream, load and subjects, does the work and stops all of it, whatever happens. */
export async function withStage<Outcome>(
  scenario: Scenario,
  plan: MeasurePlan,
  work: (stage: Stage) => Promise<Outcome>,
): Promise<Outcome> {
  const directory = await mkdtemp(join(tmpdir(), 'mcp-gateway-bench-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  const { subjectCore, loadCore } = plan.pinning;
  const start = async (file: string): Promise<Worker> => {
    const worker = await startWorker(file, { core: loadCore });
    cleanup.defer(() => worker.stop());
    return worker;
  };
  const upstream = await start('upstream.ts');
  const load = await start('load.ts');
  const subjects: NamedSubject[] = [];
  const leftOut: LeftOut[] = [];
  for (const subject of plan.subjects) {
    const why = subject.leftOut(scenario);
    if (why !== undefined) {
      leftOut.push({ name: subject.name, why });
      continue;
    }
    const own = await mkdtemp(join(directory, `${subject.name}-`));
    const running = await subject.start({
      scenario,
      upstream: addressOf(scenario, upstream.port),
      core: subjectCore,
      nodeFlags: plan.nodeFlags ?? [],
      gatewayFlags: plan.gatewayFlags,
      directory: own,
    });
    cleanup.defer(() => running.stop());
    subjects.push({ name: subject.name, running });
  }
  const bench = { scenario, depth: plan.depth, load, subjectCore };
  return await work({ bench, subjects, leftOut });
}

function addressOf(scenario: Scenario, port: number): UpstreamAddress {
  const file = fileURLToPath(new URL('upstream-stdio.ts', import.meta.url));
  return {
    era: scenario.upstream,
    url: `http://127.0.0.1:${port}/${scenario.upstream}/mcp`,
    command: [process.execPath, file],
  };
}
