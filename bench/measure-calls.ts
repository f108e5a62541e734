import { setTimeout as sleep } from 'node:timers/promises';
import { readCore, readTree } from './cpu-meter.ts';
import type { Depth } from './depth.ts';
import type { LoadEnd, LoadMessage, LoadResult } from './load-messages.ts';
import type { CallFigures, SubjectResult, Window } from './results.ts';
import type { CallLoad, Scenario } from './scenario.ts';
import { median, quieterHalf } from './statistics.ts';
import type { RunningSubject } from './subject.ts';
import type { Worker } from './worker.ts';

/** A started subject under its name. */
export interface NamedSubject {
  readonly name: string;
  readonly running: RunningSubject;
}

/** What measuring needs besides the subjects. */
export interface Bench {
  readonly scenario: Scenario;
  readonly depth: Depth;
  readonly load: Worker;
  readonly subjectCore: number | undefined;
}

/** Work that is put off past the answer, such as writing usage, is given time to be counted. */
const SETTLE_MS = 100;

/** Warms every subject up by count, then measures them in turns, and returns their medians. */
export async function measureCalls(
  bench: Bench,
  load: CallLoad,
  subjects: readonly NamedSubject[],
): Promise<readonly SubjectResult[]> {
  const { depth } = bench;
  const requests = Math.max(load.connections, Math.ceil(load.warmupRequests * depth.warmupShare));
  for (const subject of subjects)
    await measureWindow(bench, load, subject, load.connections, { requests });
  const loaded = await measureRounds(bench, load, subjects, load.connections, {
    rounds: depth.rounds,
    durationMs: depth.windowMs,
  });
  const alone = await measureRounds(bench, load, subjects, 1, {
    rounds: depth.aloneRounds,
    durationMs: depth.aloneWindowMs,
  });
  return subjects.map(({ name }) => ({
    name,
    calls: summarize(loaded.get(name) ?? [], alone.get(name) ?? []),
  }));
}

// Every round starts with another subject, so that no one always follows the same neighbour.
async function measureRounds(
  bench: Bench,
  load: CallLoad,
  subjects: readonly NamedSubject[],
  connections: number,
  plan: { readonly rounds: number; readonly durationMs: number },
): Promise<ReadonlyMap<string, readonly Window[]>> {
  const windows = new Map<string, Window[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round < plan.rounds; round += 1) {
    const shift = round % subjects.length;
    for (const subject of [...subjects.slice(shift), ...subjects.slice(0, shift)]) {
      const end = { durationMs: plan.durationMs };
      const window = await measureWindow(bench, load, subject, connections, end);
      windows.get(subject.name)?.push(window);
    }
  }
  return windows;
}

/** Runs the load against one subject once and meters the subject meanwhile. */
export async function measureWindow(
  bench: Bench,
  load: CallLoad,
  { name, running }: NamedSubject,
  connections: number,
  end: LoadEnd,
): Promise<Window> {
  const { url, headers, pid } = running;
  const era = bench.scenario.client;
  const ask = (message: LoadMessage): Promise<unknown> => bench.load.ask(message);
  await ask({ type: 'open', url, headers: [headers], era, tool: load.tool, connections });
  await run(name, ask, { requests: connections * 2 });
  await sleep(SETTLE_MS);
  const before = readSubject(pid, bench.subjectCore);
  const startedMs = performance.now();
  const result = await run(name, ask, end);
  await sleep(SETTLE_MS);
  const after = readSubject(pid, bench.subjectCore);
  const elapsedMs = performance.now() - startedMs;
  await ask({ type: 'close' });
  const cpuNanos = after.cpuNanos - before.cpuNanos;
  const foreignMs = after.busyMs - before.busyMs - cpuNanos / 1e6;
  return {
    requests: result.requests,
    elapsedMs: result.elapsedMs,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuMicros: pid === undefined ? undefined : cpuNanos / 1000 / result.requests,
    rssBytes: after.rssBytes,
    foreignShare: Math.max(0, foreignMs / elapsedMs),
  };
}

async function run(
  name: string,
  ask: (message: LoadMessage) => Promise<unknown>,
  until: LoadEnd,
): Promise<LoadResult> {
  const result = (await ask({ type: 'run', until })) as LoadResult;
  if (result.errors.length > 0) throw new Error(`${name}: ${result.errors.join('; ')}`);
  if (result.requests === 0) throw new Error(`${name}: nothing was answered`);
  return result;
}

function readSubject(
  pid: number | undefined,
  core: number | undefined,
): { readonly cpuNanos: number; readonly rssBytes: number; readonly busyMs: number } {
  const tree = pid === undefined ? { cpuNanos: 0, rssBytes: 0 } : readTree(pid);
  return { ...tree, busyMs: core === undefined ? 0 : readCore(core).busyMs };
}

function summarize(loaded: readonly Window[], alone: readonly Window[]): CallFigures {
  const quiet = quieterHalf(loaded);
  const quietAlone = quieterHalf(alone);
  const middle = (pick: (window: Window) => number): number => median(quiet.map(pick));
  const metered = loaded.flatMap(({ cpuMicros }) => (cpuMicros === undefined ? [] : [cpuMicros]));
  return {
    cpuMicros: metered.length === 0 ? undefined : middle(({ cpuMicros }) => cpuMicros ?? 0),
    requestsPerSecond: middle(({ requests, elapsedMs }) => (requests / elapsedMs) * 1000),
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
    aloneP50Ms: median(quietAlone.map(({ p50Ms }) => p50Ms)),
    aloneP99Ms: median(quietAlone.map(({ p99Ms }) => p99Ms)),
    rssMegabytes: Math.max(...loaded.map(({ rssBytes }) => rssBytes)) / 1e6,
    foreignShare: middle(({ foreignShare }) => foreignShare),
    cpuMicrosOfWindows: metered,
  };
}
