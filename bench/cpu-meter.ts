import { readdirSync, readFileSync } from 'node:fs';

/** CPU time and memory of a process and all its descendants at one moment. */
export interface TreeReading {
  readonly cpuNanos: number;
  readonly rssBytes: number;
}

/** Busy and total time of one core since boot. */
export interface CoreReading {
  readonly busyMs: number;
}

/** Linux counts core time in hundredths of a second, whatever its own timer frequency is. */
const TICK_MS = 10;

/** Returns the first field of a task's schedstat: nanoseconds spent running on a core. */
export function parseSchedstat(text: string): number {
  return Number(text.slice(0, text.indexOf(' ')));
}

/** Returns the resident set in bytes from the text of a process's status file. */
export function parseResidentBytes(text: string): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(text);
  return found === null ? 0 : Number(found[1]) * 1024;
}

/** Returns the time the given core was not idle, stolen time included, from /proc/stat. */
export function parseCoreBusyMs(text: string, core: number): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`cpu${core} `));
  if (line === undefined) return Number.NaN;
  const ticks = line.split(/\s+/).slice(1).map(Number);
  const [user = 0, nice = 0, system = 0, , , interrupt = 0, softInterrupt = 0, stolen = 0] = ticks;
  return (user + nice + system + interrupt + softInterrupt + stolen) * TICK_MS;
}

/** Returns the pids of the process and its descendants, root first. */
export function treeOf(rootPid: number): readonly number[] {
  const found = [rootPid];
  for (let index = 0; index < found.length; index += 1) {
    const pid = found[index] ?? rootPid;
    for (const task of tasksOf(pid)) {
      const children = readOrEmpty(`/proc/${pid}/task/${task}/children`);
      for (const child of children.split(' ')) if (child !== '') found.push(Number(child));
    }
  }
  return found;
}

/** Reads CPU time of every thread (collector and thread pool included) and memory of the tree. */
export function readTree(rootPid: number): TreeReading {
  let cpuNanos = 0;
  let rssBytes = 0;
  for (const pid of treeOf(rootPid)) {
    for (const task of tasksOf(pid)) {
      const schedstat = readOrEmpty(`/proc/${pid}/task/${task}/schedstat`);
      if (schedstat !== '') cpuNanos += parseSchedstat(schedstat);
    }
    rssBytes += residentBytes(pid);
  }
  return { cpuNanos, rssBytes };
}

/** Reads the memory of one process, its children left out. */
export function residentBytes(pid: number): number {
  return parseResidentBytes(readOrEmpty(`/proc/${pid}/status`));
}

/** Reads how long the core has been busy. */
export function readCore(core: number): CoreReading {
  return { busyMs: parseCoreBusyMs(readOrEmpty('/proc/stat'), core) };
}

function tasksOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

// A thread or process may end between listing and reading; it then has nothing left to count.
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
