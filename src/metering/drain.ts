import { open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { Backlog, BacklogSegment } from './backlog.ts';
import { readFrames } from './frame.ts';
import { OpenIntents } from './open-intents.ts';
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
  readonly #intents = new OpenIntents();
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  /** Moves everything durable now into the store. */
  async run(): Promise<void> {
    // A run on its way may have passed what has become durable since.
    await this.#running?.catch(() => {});
    this.#running ??= this.#drainAll().finally(() => (this.#running = undefined));
    await this.#running;
  }

  /** The same beside requests, until it is closed; what fails is told, too. */
  async runBeside(): Promise<void> {
    if (this.#closed) return;
    try {
      await this.run();
    } catch (error) {
      const { backlog, log } = this.#options;
      const reason = error instanceof Error ? error.message : String(error);
      log.error({ reason, backlogBytes: backlog.bytes }, 'usage records wait for the store');
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
  }

  /** A file that cannot be read stays, and holds up no other. */
  async #drainAll(): Promise<void> {
    const { segments } = this.#options.backlog;
    let unread: unknown;
    for (const segment of segments.slice()) {
      try {
        await this.#drainSegment(segment);
        await this.#dropDone(segment);
      } catch (error) {
        if (error instanceof GatewayError) throw error;
        unread ??= error;
      }
    }
    // The record of a call may be in a file that cannot be read now.
    if (unread !== undefined) throw unread;
    await this.#keepUnanswered();
    // What was announced in an early file may have been recorded in a later one.
    for (const segment of segments.slice()) await this.#dropDone(segment);
  }

  /** Keeps what is known of calls that an earlier process began and did not live to record. */
  async #keepUnanswered(): Promise<void> {
    const { store, log } = this.#options;
    const lines = this.#intents.left();
    if (lines.length === 0) return;
    const refused = await store.insert(lines);
    if (refused.length > 0) await this.#setAside(refused);
    log.warn({ bytes: lines.length }, 'calls were on their way when the gateway ended');
    this.#intents.forgetLeft();
  }

  /** Removes a file that nothing is needed of any more. */
  async #dropDone(segment: BacklogSegment): Promise<void> {
    const { segments } = this.#options.backlog;
    if (!segment.sealed || segment.drainedEnd < segment.durableEnd) return;
    if (this.#intents.isIn(segment)) return;
    await this.#drop(segment);
    segments.splice(segments.indexOf(segment), 1);
  }

  async #drainSegment(segment: BacklogSegment): Promise<void> {
    if (segment.drainedEnd === segment.durableEnd) return;
    const file = await open(segment.path, 'r');
    try {
      // The end as it is now; what is written meanwhile is for the next run.
      const end = segment.durableEnd;
      while (segment.drainedEnd < end) {
        const wanted = Math.min(limits.usageDrainBytes, end - segment.drainedEnd);
        const bytes = Buffer.allocUnsafeSlow(wanted);
        const { bytesRead } = await file.read(bytes, 0, wanted, segment.drainedEnd);
        const short = bytesRead < wanted;
        const final = short || segment.drainedEnd + wanted === end;
        await this.#move(segment, bytes.subarray(0, bytesRead), final);
        if (short) this.#giveUpRest(segment, end);
      }
    } finally {
      await file.close();
    }
  }

  #giveUpRest(segment: BacklogSegment, end: number): void {
    const bytes = end - segment.drainedEnd;
    segment.damaged = true;
    this.#options.log.error({ segment: segment.path, bytes }, 'the usage log lacks its end');
    this.#options.backlog.drained(segment, bytes);
  }

  async #move(segment: BacklogSegment, bytes: Buffer, final: boolean): Promise<void> {
    const { store, backlog } = this.#options;
    const { payloads, consumed, damagedBytes, damagedInside } = readFrames(bytes, final);
    if (damagedBytes > 0) this.#reportDamage(segment, damagedBytes, damagedInside || !final);
    const [first] = payloads;
    if (first !== undefined) {
      const written = payloads.length === 1 ? first : Buffer.concat(payloads);
      const lines = this.#intents.sift(written, segment);
      const refused = lines.length === 0 ? [] : await store.insert(lines);
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
