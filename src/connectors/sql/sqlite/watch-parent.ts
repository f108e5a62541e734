import { isMainThread, workerData } from 'node:worker_threads';

/** What the watching thread is told. */
export interface WatchStart {
  readonly parentId: number;
}

const LOOK_MS = 500;

// The entry of the watching thread: it does something only when it is one.
if (!isMainThread && isWatchStart(workerData)) watchParent(workerData);

/**
 * Ends the process once its parent is gone. It runs on a thread of its own, because the main one
 * is deaf while a statement runs.
 */
export function watchParent({ parentId }: WatchStart): void {
  setInterval(() => {
    if (process.ppid !== parentId) process.kill(process.pid, 'SIGKILL');
  }, LOOK_MS);
}

function isWatchStart(value: unknown): value is WatchStart {
  return typeof value === 'object' && value !== null && 'parentId' in value;
}
