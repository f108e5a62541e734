import { limits } from '../kernel/limits.ts';

/** Records of a batch whose ids lie close together. */
export interface PendingRun {
  readonly firstId: string;
  readonly lastId: string;
  readonly records: number;
}

/**
 * Divides the ids of a batch where their times are far apart: ids sort by time, so that reading
 * from the first id of a run to its last passes few records of other batches. The end of a task,
 * whose id is as old as its call, would make one range over everything between them.
 */
export function pendingRuns(ids: readonly string[]): readonly PendingRun[] {
  // Nearly always everything is of one moment; then there is nothing to sort.
  const whole = wholeRun(ids);
  if (whole !== undefined) return [whole];
  const runs: { firstId: string; lastId: string; records: number }[] = [];
  let lastMs = Number.NaN;
  for (const id of ids.toSorted(byBytes)) {
    const atMs = timeOf(id);
    const run = runs.at(-1);
    if (run === undefined || !(atMs - lastMs <= limits.billingRunGapMs)) {
      runs.push({ firstId: id, lastId: id, records: 1 });
    } else {
      run.lastId = id;
      run.records++;
    }
    lastMs = atMs;
  }
  return runs;
}

/** All ids as one run, when the first and the last are close enough. */
function wholeRun([first, ...others]: readonly string[]): PendingRun | undefined {
  if (first === undefined) return undefined;
  const run = { firstId: first, lastId: first, records: others.length + 1 };
  for (const id of others) {
    if (id < run.firstId) run.firstId = id;
    else if (id > run.lastId) run.lastId = id;
  }
  return timeOf(run.lastId) - timeOf(run.firstId) <= limits.billingRunGapMs ? run : undefined;
}

/** Both engines sort ids by their bytes, and ids are ASCII. */
function byBytes(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** The time that an id begins with, in epoch milliseconds; not a number for an id of other make. */
function timeOf(id: string): number {
  const digits = /^use_([0-9a-f]{12})/.exec(id)?.[1];
  return digits === undefined ? Number.NaN : Number.parseInt(digits, 16);
}
