import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { COMPARE_USAGE, parseCompareOptions } from './compare-options.ts';
import type { CompareOptions } from './compare-options.ts';
import { isWithinBar, renderPairs } from './compare-report.ts';
import type { Pair, SideFigures } from './compare-report.ts';
import { residentBytes } from './cpu-meter.ts';
import { FULL_DEPTH } from './depth.ts';
import { measureWindow } from './measure-calls.ts';
import { withStage } from './measure-scenario.ts';
import type { Stage } from './measure-scenario.ts';
import { choosePinning, pinProcess } from './pinning.ts';
import type { Window } from './results.ts';
import type { CallLoad, Scenario } from './scenario.ts';
import { loadScenarios, pickScenarios } from './scenarios.ts';
import { median } from './statistics.ts';
import type { Subject } from './subject.ts';
import { otherGateway, type OtherGateway } from './subjects/gateway.ts';

/** How a gateway started, by the name of its side. */
type Starts = Map<string, { readonly readyMs: number; readonly startRssBytes: number }>;

const SIDES = ['before', 'after'] as const;

/** Compares two checkouts as the command line asks and returns the exit code. */
export async function compareCheckouts(args: readonly string[]): Promise<number> {
  const options = parseCompareOptions(args);
  if (options.isHelp) {
    process.stdout.write(COMPARE_USAGE);
    return 0;
  }
  if (process.platform !== 'linux') throw new Error('the CPU meter reads /proc: Linux only');
  for (const side of SIDES)
    process.stdout.write(`${side}: ${describe(options[side])}, ${options[`${side}Kind`]}\n`);
  const { note, loadCore } = choosePinning();
  pinProcess(process.pid, loadCore);
  process.stdout.write(`${cpus()[0]?.model.trim()}, node ${process.versions.node}; ${note}\n`);
  let isWithin = true;
  for (const scenario of pickScenarios(await loadScenarios(), options.scenarios)) {
    const { load, name, summary } = scenario;
    if (load.kind !== 'calls') throw new Error(`${name} has no calls to compare`);
    process.stdout.write(`\n## ${name}\n\n${summary}.\n\n`);
    const pairs = await measurePairs(scenario, load, options);
    process.stdout.write(`${renderPairs(pairs).join('\n')}\n`);
    if (isWithinBar(pairs, options.bar)) continue;
    isWithin = false;
    process.stdout.write(`\nThe median CPU ratio is above the bar of ${options.bar}.\n`);
  }
  return isWithin ? 0 : 1;
}

/** Where a side comes from, with its commit when git knows one. */
function describe(checkout: string): string {
  const root = resolve(checkout);
  if (!existsSync(mainOf(root))) throw new Error(`${mainOf(root)} does not exist`);
  try {
    const git = ['-C', root, 'describe', '--always', '--dirty'];
    const commit = execFileSync('git', git, { encoding: 'utf8', stdio: 'pipe' }).trim();
    return `${root} (${commit})`;
  } catch {
    return root;
  }
}

const mainOf = (checkout: string): string => join(resolve(checkout), 'src', 'main.ts');

async function measurePairs(
  scenario: Scenario,
  load: CallLoad,
  options: CompareOptions,
): Promise<readonly Pair[]> {
  const caches = await mkdtemp(join(tmpdir(), 'mcp-gateway-compare-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(caches, { recursive: true, force: true }));
  const pinning = choosePinning();
  const starts: Starts = new Map();
  const sides = SIDES.map((name) =>
    subjectOf(name, options, join(caches, name), (start) => starts.set(name, start)),
  );
  const depth = { ...FULL_DEPTH, windowMs: options.windowMs, warmupShare: options.warmupShare };
  const plan = { depth, pinning, gatewayFlags: [] };
  // The first start of each fills its compile cache and is not measured.
  await withStage(scenario, { ...plan, subjects: sides }, () => Promise.resolve());
  const pairs: Pair[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const subjects = round % 2 === 0 ? sides : sides.toReversed();
    const windows = await withStage(scenario, { ...plan, subjects }, (stage) =>
      measureRound(stage, load, options.windows),
    );
    const figures = (name: string): SideFigures => summarize(name, starts, windows);
    pairs.push({ before: figures('before'), after: figures('after') });
  }
  return pairs;
}

/** A checkout's gateway with a compile cache of its own, as an installed one would have. */
function subjectOf(
  name: (typeof SIDES)[number],
  options: CompareOptions,
  cache: string,
  tell: (start: { readonly readyMs: number; readonly startRssBytes: number }) => void,
): Subject {
  const other: OtherGateway = {
    name,
    main: mainOf(options[name]),
    environment: { NODE_COMPILE_CACHE: cache },
    started: ({ processId, readyMs }) => tell({ readyMs, startRssBytes: residentBytes(processId) }),
  };
  return otherGateway(other, options[`${name}Kind`]);
}

/** Warms both sides up, then measures them in turns. */
async function measureRound(
  { bench, subjects }: Stage,
  load: CallLoad,
  windowsPerSide: number,
): Promise<ReadonlyMap<string, readonly Window[]>> {
  const { connections, warmupRequests } = load;
  const requests = Math.max(connections, Math.ceil(warmupRequests * bench.depth.warmupShare));
  for (const subject of subjects)
    await measureWindow(bench, load, subject, connections, { requests });
  const windows = new Map<string, Window[]>(subjects.map(({ name }) => [name, []]));
  for (let turn = 0; turn < windowsPerSide; turn += 1) {
    for (const subject of subjects) {
      const end = { durationMs: bench.depth.windowMs };
      const window = await measureWindow(bench, load, subject, connections, end);
      windows.get(subject.name)?.push(window);
    }
  }
  return windows;
}

function summarize(
  name: string,
  starts: Starts,
  windows: ReadonlyMap<string, readonly Window[]>,
): SideFigures {
  const own = windows.get(name) ?? [];
  const start = starts.get(name);
  if (start === undefined || own.length === 0) throw new Error(`${name} was not measured`);
  return {
    ...start,
    cpuMicros: median(own.map(({ cpuMicros }) => cpuMicros ?? Number.NaN)),
    loadRssBytes: Math.max(...own.map(({ rssBytes }) => rssBytes)),
  };
}

if (import.meta.main) process.exitCode = await compareCheckouts(process.argv.slice(2));
