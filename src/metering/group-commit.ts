import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { Backlog, BacklogSegment } from './backlog.ts';
import { frameBytesMax, writeFrame } from './frame.ts';
import {
  closeSegment,
  createSegment,
  type Disk,
  type Durability,
  type OpenSegment,
} from './segment.ts';

/** What the writing half of the log needs. */
export interface GroupCommitOptions {
  readonly directory: string;
  readonly durability: Durability;
  readonly segmentBytes: number;
  /** The number of the first segment to make. */
  readonly firstSequence: number;
  readonly backlog: Backlog;
  readonly log: Log;
  readonly disk: Disk;
  /** Called after each group that became durable. */
  readonly onDurable: () => void;
}

/** Records of one write from which on it is worth waiting for more. */
const MANY_RECORDS = 6;
/** The least time from one write to the next while there are many callers. */
const GATHER_MS = 4;

/** Records that are written together; all who append to it wait for the same promise. */
interface Group {
  text: string;
  count: number;
  readonly done: PromiseWithResolvers<void>;
}

/** The file that is being written. */
interface Segment extends OpenSegment {
  readonly backlog: BacklogSegment;
  /** False after a failure: the file is retired at the next write. */
  usable: boolean;
}

/**
 * Writes lines to segments: what is appended while a write is on its way becomes the next write.
 * The promise, the checksum and the trip to the disk are paid once a group.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #frame = Buffer.allocUnsafeSlow(frameBytesMax);
  #groups: Group[] = [];
  #queued = 0;
  #flushing: Promise<void> | undefined;
  #gatheredCount = 0;
  #startedMs = 0;
  #sequence: number;
  #segment: Segment | undefined;
  #standby: Promise<OpenSegment | undefined> | undefined;
  #syncTimer: NodeJS.Timeout | undefined;
  #retryMs: number = limits.usageRetryMsMin;
  #retryAtMs = 0;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#sequence = options.firstSequence;
  }

  /** Resolves when the line is durable. */
  append(line: string): Promise<void> {
    if (this.#queued >= limits.usageQueueMax) {
      return Promise.reject(new GatewayError('too_many', 'Too many usage records are waiting.'));
    }
    let group = this.#groups.at(-1);
    if (group === undefined || group.text.length + line.length > limits.usageGroupCharactersMax) {
      group = { text: '', count: 0, done: Promise.withResolvers() };
      this.#groups.push(group);
    }
    group.text += line;
    group.count++;
    this.#queued++;
    this.#flushing ??= this.#flush();
    return group.done.promise;
  }

  /** Resolves when everything appended so far is durable or rejected. */
  async settled(): Promise<void> {
    await this.#flushing;
  }

  /** Makes the first segment, so that a folder that cannot be written is known at the start. */
  async prepare(): Promise<void> {
    this.#standby = this.#make();
    await this.#standby;
  }

  /** Waits for what is queued, then lets go of the files. */
  async close(): Promise<void> {
    await this.settled();
    clearTimeout(this.#syncTimer);
    await this.#retire();
    const standby = await this.#standby;
    this.#standby = undefined;
    if (standby === undefined) return;
    await closeSegment(standby.fd);
    // Never written to: the drain finds it empty and removes it.
    this.#options.backlog.add(standby.path, 0, true);
  }

  async #flush(): Promise<void> {
    // One turn of the event loop, so that all requests it brought share the first write.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#groups.length > 0) {
      if (this.#options.durability === 'strict') await this.#gather();
      const group = this.#groups.shift() as Group;
      this.#gatheredCount = group.count;
      this.#startedMs = performance.now();
      try {
        await this.#commit(group);
        group.done.resolve();
      } catch (error) {
        group.done.reject(this.#failed(error));
      }
      this.#queued -= group.count;
    }
    this.#flushing = undefined;
  }

  /**
   * A trip to the disk costs as much as several calls. When many callers share it, waiting a moment
   * for more of them halves that cost; a lone caller never waits.
   */
  async #gather(): Promise<void> {
    if (this.#gatheredCount < MANY_RECORDS) return;
    const waitMs = this.#startedMs + GATHER_MS - performance.now();
    if (waitMs >= 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
  }

  async #commit(group: Group): Promise<void> {
    const { disk, backlog, durability, onDurable } = this.#options;
    const length = writeFrame(group.text, this.#frame);
    const segment = await this.#segmentFor(length);
    try {
      const bytes = this.#frame.subarray(0, length);
      const writing = disk.write(segment.fd, bytes, segment.backlog.durableEnd);
      if (writing !== undefined) await writing;
    } catch (error) {
      // Nobody knows what a failed write left behind, so nothing is written after it.
      segment.usable = false;
      throw error;
    }
    backlog.written(segment.backlog, length);
    this.#retryMs = limits.usageRetryMsMin;
    if (durability === 'standard') this.#syncSoon(segment);
    onDurable();
  }

  async #segmentFor(length: number): Promise<Segment> {
    const current = this.#segment;
    if (current?.usable === true && current.backlog.durableEnd + length <= current.bytes) {
      // Half full: the next file is laid out before it is needed.
      if (current.backlog.durableEnd * 2 > current.bytes) this.#prepareNext();
      return current;
    }
    if (performance.now() < this.#retryAtMs) throw new GatewayError('storage_unavailable');
    await this.#retire();
    const standby = await this.#standby;
    this.#standby = undefined;
    const opened = standby ?? (await this.#make());
    const backlog = this.#options.backlog.add(opened.path, 0, false);
    this.#segment = { ...opened, backlog, usable: true };
    return this.#segment;
  }

  /** Lays out the next segment beside the writing; when that fails it is tried again later. */
  #prepareNext(): void {
    if (this.#standby !== undefined || performance.now() < this.#retryAtMs) return;
    this.#standby = this.#make().catch((error: unknown) => {
      this.#failed(error);
      this.#standby = undefined;
      return undefined;
    });
  }

  #make(): Promise<OpenSegment> {
    const { directory, segmentBytes, durability } = this.#options;
    return createSegment(directory, this.#sequence++, segmentBytes, durability);
  }

  /** Ends the current segment; the drain removes it when its records are in the store. */
  async #retire(): Promise<void> {
    const segment = this.#segment;
    if (segment === undefined) return;
    this.#segment = undefined;
    segment.backlog.sealed = true;
    try {
      if (this.#options.durability === 'standard') await this.#options.disk.sync(segment.fd);
    } finally {
      await closeSegment(segment.fd);
    }
  }

  #syncSoon(segment: Segment): void {
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = undefined;
      if (this.#segment !== segment) return;
      this.#options.disk.sync(segment.fd).catch((error: unknown) => {
        segment.usable = false;
        this.#failed(error);
      });
    }, limits.usageSyncMs).unref();
  }

  /** Logs a failure of the disk and waits before the next try; what is written now is rejected. */
  #failed(error: unknown): Error {
    if (error instanceof GatewayError) return error;
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.log.error({ reason }, 'the usage log cannot be written');
    this.#retryAtMs = performance.now() + this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, limits.usageRetryMsMax);
    return new GatewayError('storage_unavailable', undefined, { cause: error });
  }
}
