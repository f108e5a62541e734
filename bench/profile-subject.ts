import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureWindow } from './measure-calls.ts';
import { withStage } from './measure-scenario.ts';
import type { MeasurePlan } from './measure-scenario.ts';
import { readProfiles, renderSelfTimes, summarizeProfile } from './profile.ts';
import type { SelfTime } from './profile.ts';
import type { Scenario } from './scenario.ts';
import type { Subject } from './subject.ts';

const WINDOW_MS = 5000;
const SAMPLE_INTERVAL_MICROS = 200;
const FUNCTIONS_SHOWN = 25;
const FILES_SHOWN = 15;

/** Profiles one subject while it is warm and under load, and says where its time goes. */
export async function profileSubject(
  scenario: Scenario,
  subject: Subject,
  plan: Omit<MeasurePlan, 'subjects' | 'nodeFlags'>,
): Promise<string> {
  const { load } = scenario;
  if (load.kind !== 'calls') throw new Error(`${scenario.name} makes no calls to profile`);
  const folder = await mkdtemp(join(tmpdir(), 'mcp-gateway-profile-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const interval = `--cpu-prof-interval=${SAMPLE_INTERVAL_MICROS}`;
  const nodeFlags = ['--cpu-prof', interval, `--cpu-prof-dir=${folder}`];
  const full = { ...plan, subjects: [subject], nodeFlags };
  const { window, from, to } = await withStage(scenario, full, async (stage) => {
    const [only] = stage.subjects;
    if (only === undefined) throw new Error(`${subject.name}: ${stage.leftOut[0]?.why}`);
    const { connections, warmupRequests } = load;
    await measureWindow(stage.bench, load, only, connections, { requests: warmupRequests });
    // The profiler's clock is the same monotonic one.
    const before = monotonicMicros();
    const end = { durationMs: WINDOW_MS };
    const measured = await measureWindow(stage.bench, load, only, connections, end);
    return { window: measured, from: before, to: monotonicMicros() };
  });
  const profiles = await readProfiles(folder);
  if (profiles.length === 0) throw new Error(`${subject.name} left no profile behind`);
  const sections = profiles.map((profile, thread) => {
    const summary = summarizeProfile(profile, from, to);
    const perRequest = (summary.busyMicros / window.requests).toFixed(1);
    const title = thread === 0 ? 'main thread' : `thread ${thread}`;
    const render = (entries: readonly SelfTime[], top: number): string =>
      renderSelfTimes(entries.slice(0, top), summary.busyMicros, window.requests);
    const functions = render(summary.functions, FUNCTIONS_SHOWN);
    const files = render(summary.files, FILES_SHOWN);
    return `${title}: busy ${perRequest} µs per request\n${functions}\nby file:\n${files}`;
  });
  const total = `${subject.name}, ${scenario.name}: ${window.requests} requests, `;
  const cost = `${window.cpuMicros?.toFixed(1)} CPU µs each with the profiler on`;
  return [total + cost, ...sections].join('\n\n');
}

function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
