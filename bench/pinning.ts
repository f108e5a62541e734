import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';

/** Which core each side of the benchmark runs on; undefined where nothing is pinned. */
export interface Pinning {
  readonly subjectCore: number | undefined;
  readonly loadCore: number | undefined;
  /** One sentence for the report. */
  readonly note: string;
}

/** Chooses core 0 for what is measured and core 1 for the load and the upstream. */
export function choosePinning(): Pinning {
  const none = { subjectCore: undefined, loadCore: undefined };
  if (findExecutable('taskset') === undefined) return { ...none, note: 'unpinned: no taskset' };
  if (availableParallelism() < 2) return { ...none, note: 'unpinned: one core only' };
  return { subjectCore: 0, loadCore: 1, note: 'subject on core 0, load and upstream on core 1' };
}

/** Prefixes a command so that it runs on one core; the process keeps its pid. */
export function pinnedCommand(
  core: number | undefined,
  command: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  return core === undefined ? command : ['taskset', '-c', String(core), ...command];
}

/** Moves a running process with all its threads to one core. */
export function pinProcess(pid: number, core: number | undefined): void {
  if (core === undefined) return;
  execFileSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' });
}

/** Returns the full path of an executable, also looking where servers are usually installed. */
export function findExecutable(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const folder of [...folders, '/usr/local/sbin', '/usr/sbin', '/sbin']) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return undefined;
}
