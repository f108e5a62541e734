import { mkdir, stat } from 'node:fs/promises';
import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import { Backlog } from './backlog.ts';
import { Drain } from './drain.ts';
import { GroupCommit } from './group-commit.ts';
import { listSegments, segmentPath, realDisk, type Disk, type Durability } from './segment.ts';
import { INTENT } from './open-intents.ts';
import type { AnnouncingLog, UsageStore } from './store.ts';
import { encodeUsageLine } from './usage-line.ts';

/** Where the log is, what it feeds, and what an acknowledged record survives. */
export interface UsageLogOptions {
  /** A folder for nothing else, on a disk that stays; one process at a time. */
  readonly directory: string;
  readonly store: UsageStore;
  /**
   * `strict`: a record is on the disk before its append resolves. `standard`: the system has it
   * then, and the disk at most `usageSyncMs` later; it survives the process, and all but that much
   * survives a power cut.
   */
  readonly durability: Durability;
  readonly log: Log;
  /** Takes charge of the moving; it is done when the answer is woken, and again if it rejects. */
  startDrain(drain: () => Promise<void>): { wake(withinMs: number): void };
  readonly segmentBytes?: number;
  readonly disk?: Disk;
}

/**
 * Opens the log. What an earlier process left in the folder is moved into the store in the
 * background, beginning at once.
 */
export async function openUsageLog(options: UsageLogOptions): Promise<AnnouncingLog> {
  const { directory, store, log, durability } = options;
  const { disk = realDisk(durability), segmentBytes = limits.usageSegmentBytes } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const left = await listSegments(directory);
  const backlog = new Backlog();
  for (const sequence of left) {
    const path = segmentPath(directory, sequence);
    backlog.add(path, (await stat(path)).size, true, true);
  }
  if (left.length > 0) log.info({ segments: left.length }, 'usage records are being recovered');
  const drain = new Drain({ directory, backlog, store, log });
  const firstSequence = (left.at(-1) ?? 0) + 1;
  const moving = options.startDrain(() => drain.runBeside());
  const onDurable = (): void => moving.wake(limits.usageDrainMs);
  const commit = new GroupCommit({
    ...options,
    disk,
    segmentBytes,
    firstSequence,
    backlog,
    onDurable,
  });
  await commit.prepare();
  if (left.length > 0) onDurable();
  return usageLog(commit, drain, backlog, log);
}

function usageLog(commit: GroupCommit, drain: Drain, backlog: Backlog, log: Log): AnnouncingLog {
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await commit.close();
    drain.close();
    try {
      await drain.run();
    } catch (error) {
      // They are durable, and moved when the log is opened again.
      log.warn({ backlogBytes: backlog.bytes, reason: String(error) }, 'usage records stay behind');
    }
  };
  const append = (line: string): Promise<void> => {
    if (closing !== undefined) return Promise.reject(new GatewayError('shutting_down'));
    if (backlog.bytes >= limits.usageBacklogBytesMax) {
      return Promise.reject(new GatewayError('storage_unavailable'));
    }
    if (line.length > limits.usageLineCharactersMax) {
      return Promise.reject(new GatewayError('payload_too_large', 'A usage record is too large.'));
    }
    return commit.append(line);
  };
  return {
    append: (record) => append(encodeUsageLine(record)),
    announce: (record) => append(`${INTENT}${encodeUsageLine(record)}`),
    drain: async () => {
      await commit.settled();
      await drain.run();
    },
    close: () => (closing ??= close()),
  };
}
