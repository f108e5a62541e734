import { open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { Backlog, BacklogSegment } from './backlog.ts';
import { readFrames } from './frame.ts';
import type { RefusedLine, UsageStore } from './store.ts';

/** What the emptying half of the log needs. */
export interface DrainOptions {
  readonly directory: string;
  readonly backlog: Backlog;
  readonly store: UsageStore;
  readonly log: Log;
}

/**
 * Moves durable records into the store and removes the files that are done with. It may move a
 * record twice (after a crash between the two), which the store makes harmless.
 */
export class Drain {
  readonly #options: DrainOptions;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retryMs: number = limits.usageRetryMsMin;
  #closed = false;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  /** Drains within `usageDrainMs`. */
  soon(): void {
    if (this.#timer === undefined && !this.#closed) this.#start(limits.usageDrainMs);
  }

  /** Moves everything durable now into the store. */
  async run(): Promise<void> {
    // A run on its way may have passed what has become durable since.
    await this.#running?.catch(() => {});
    this.#running ??= this.#drainAll().finally(() => (this.#running = undefined));
    await this.#running;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #start(waitMs: number): void {
    this.#timer = setTimeout(() => void this.#tick(), waitMs).unref();
  }

  async #tick(): Promise<void> {
    try {
      await this.run();
      this.#retryMs = limits.usageRetryMsMin;
      this.#timer = undefined;
      // Appends that came while the timer was set did not set another.
      if (this.#options.backlog.bytes > 0) this.soon();
    } catch (error) {
      const { backlog, log } = this.#options;
      const reason = error instanceof Error ? error.message : String(error);
      log.error({ reason, backlogBytes: backlog.bytes }, 'usage records wait for the store');
      if (!this.#closed) this.#start(this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, limits.usageRetryMsMax);
    }
  }

  async #drainAll(): Promise<void> {
    const { segments } = this.#options.backlog;
    for (let segment = segments[0]; segment !== undefined; segment = segments[0]) {
      if (segment.sealed) await this.#drop(segment).catch(() => {}); else await this.#drainSegment(segment);
      if (!segment.sealed || segment.drainedEnd < segment.durableEnd) return;
      await this.#drop(segment);
      segments.shift();
    }
  }

  async #drainSegment(segment: BacklogSegment): Promise<void> {
    if (segment.drainedEnd === segment.durableEnd) return;
    const file = await open(segment.path, 'r');
    try {
      // The end as it is now; what is written meanwhile is for the next run.
      const end = segment.durableEnd;
      while (segment.drainedEnd < end) {
        const bytes = Buffer.allocUnsafeSlow(
          Math.min(limits.usageDrainBytes, end - segment.drainedEnd),
        );
        const { bytesRead } = await file.read(bytes, 0, bytes.length, segment.drainedEnd);
        if (bytesRead < bytes.length) throw new Error(`${segment.path} is shorter than it was`);
        await this.#move(segment, bytes, segment.drainedEnd + bytes.length === end);
      }
    } finally {
      await file.close();
    }
  }

  async #move(segment: BacklogSegment, bytes: Buffer, final: boolean): Promise<void> {
    const { store, backlog } = this.#options;
    const { payloads, consumed, damagedBytes, damagedInside } = readFrames(bytes, final);
    if (damagedBytes > 0) this.#reportDamage(segment, damagedBytes, damagedInside || !final);
    const [first] = payloads;
    if (first !== undefined) {
      const lines = payloads.length === 1 ? first : Buffer.concat(payloads);
      const refused = await store.insert(lines);
      if (refused.length > 0) await this.#setAside(refused);
    }
    backlog.drained(segment, consumed);
  }

  #reportDamage(segment: BacklogSegment, bytes: number, inside: boolean): void {
    const fields = { segment: segment.path, bytes };
    if (inside) {
      segment.damaged = true;
      this.#options.log.error(fields, 'the usage log is damaged; the file is kept');
    } else {
      this.#options.log.warn(fields, 'the usage log ended in an unfinished write; it was dropped');
    }
  }

  /** Keeps the lines that the store will never take, and goes on with the others. */
  async #setAside(refused: readonly RefusedLine[]): Promise<void> {
    const path = join(this.#options.directory, 'refused.ndjson');
    const file = await open(path, 'a', 0o600);
    try {
      await file.write(refused.map((line) => `${JSON.stringify(line)}\n`).join(''));
      await file.sync();
    } finally {
      await file.close();
    }
    const [first] = refused;
    const fields = { records: refused.length, reason: first?.reason, path };
    this.#options.log.error(fields, 'usage records that the store refuses were set aside');
  }

  async #drop(segment: BacklogSegment): Promise<void> {
    if (segment.damaged) await rename(segment.path, `${segment.path}.damaged`);
    else await unlink(segment.path);
  }
}
