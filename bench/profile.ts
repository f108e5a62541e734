import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A function as V8 names it; the URL is empty for what is not JavaScript. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** The parts of V8's profile format that are read. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
  }[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Time spent in one function itself, not in what it calls. */
export interface SelfTime {
  readonly label: string;
  readonly micros: number;
}

/** Where a thread's time went between two moments. */
export interface ProfileSummary {
  readonly busyMicros: number;
  readonly idleMicros: number;
  /** Most expensive first. */
  readonly functions: readonly SelfTime[];
  /** The same time by file, most expensive first. */
  readonly files: readonly SelfTime[];
}

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Sums self time per function over the samples taken between the two moments. */
export function summarizeProfile(
  profile: CpuProfile,
  fromMicros = -Infinity,
  toMicros = Infinity,
): ProfileSummary {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byFunction = new Map<string, number>();
  const byFile = new Map<string, number>();
  let atMicros = profile.startTime;
  let idleMicros = 0;
  let busyMicros = 0;
  for (const [index, node] of profile.samples.entries()) {
    // A delta is the time since the sample before; this sample stands for the time after it.
    atMicros += profile.timeDeltas[index] ?? 0;
    const micros = profile.timeDeltas[index + 1] ?? 0;
    if (atMicros < fromMicros || atMicros > toMicros) continue;
    const frame = frames.get(node);
    if (frame === undefined || frame.functionName === '(idle)') {
      idleMicros += micros;
      continue;
    }
    busyMicros += micros;
    add(byFunction, functionOf(frame), micros);
    add(byFile, fileOf(frame), micros);
  }
  return { busyMicros, idleMicros, functions: ranked(byFunction), files: ranked(byFile) };
}

function add(totals: Map<string, number>, label: string, micros: number): void {
  totals.set(label, (totals.get(label) ?? 0) + micros);
}

function ranked(totals: ReadonlyMap<string, number>): readonly SelfTime[] {
  const entries = [...totals].map(([label, micros]) => ({ label, micros }));
  return entries.toSorted((left, right) => right.micros - left.micros);
}

/** Writes the most expensive entries as lines: share of busy time, µs per request, place. */
export function renderSelfTimes(
  entries: readonly SelfTime[],
  busyMicros: number,
  requests: number,
): string {
  const lines = entries.map(({ label, micros }) => {
    const share = ((micros / busyMicros) * 100).toFixed(1);
    return `${share.padStart(6)} % ${(micros / requests).toFixed(2).padStart(8)} µs  ${label}`;
  });
  return lines.join('\n');
}

/** Reads the profiles of a folder, the main thread's first, then the other threads'. */
export async function readProfiles(folder: string): Promise<readonly CpuProfile[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.cpuprofile'));
  const byThread = files.toSorted((a, b) => threadOf(a) - threadOf(b));
  return Promise.all(
    byThread.map(
      async (file) => JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile,
    ),
  );
}

// The name is CPU.<date>.<time>.<process>.<thread>.<sequence>.cpuprofile.
function threadOf(file: string): number {
  return Number(file.split('.').at(-3));
}

function functionOf(frame: CallFrame): string {
  const name = frame.functionName === '' ? '(anonymous)' : frame.functionName;
  return frame.url === '' ? name : `${name} ${fileOf(frame)}:${frame.lineNumber + 1}`;
}

function fileOf(frame: CallFrame): string {
  if (frame.url === '') return '(native)';
  const path = frame.url.startsWith('file:') ? fileURLToPath(frame.url) : frame.url;
  return path.startsWith(ROOT) ? path.slice(ROOT.length) : path;
}
