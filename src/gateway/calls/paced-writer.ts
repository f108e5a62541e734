import { limits } from '../../kernel/limits.ts';
import type { MessageSink } from '../../mcp/server/message-sink.ts';
import type { SlowReader, SlowReaders } from './slow-readers.ts';

/** A connection that carries whole messages both ways. */
export interface DuplexLine {
  /** Hands over one message; calls `taken` once the connection has taken it. */
  write(message: Buffer, taken: () => void): void;
  /** Bytes handed over and not taken yet. */
  queuedBytes(): number;
  /** Stops reading from the client, so that it cannot ask for more than it reads. */
  pause(): void;
  resume(): void;
  /** Ends the connection at once: the client does not read. */
  cut(): void;
}

/** How much a client may leave unread, and for how long. */
export interface Pace {
  /** Above this the senders wait and the client's own messages are not read. */
  readonly waitBytes: number;
  /** Above this the client is cut at once. */
  readonly cutBytes: number;
  /** A client that stays above `waitBytes` this long is cut. */
  readonly stallMs: number;
  /** Bounds what all clients together leave unread; nothing does when absent. */
  readonly together?: SlowReaders;
}

/** The pace of every connection. */
export const standardPace: Pace = {
  waitBytes: limits.clientQueueBytesMax,
  cutBytes: limits.connectionQueueBytesMax,
  stallMs: limits.clientStallMs,
};

/** Sends messages no faster than the client reads; a client that stopped reading is cut. */
export class PacedWriter implements MessageSink, SlowReader {
  readonly #line: DuplexLine;
  readonly #pace: Pace;
  #clogged: PromiseWithResolvers<void> | undefined;
  #stall: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(line: DuplexLine, pace: Pace = standardPace) {
    this.#line = line;
    this.#pace = pace;
  }

  /** See MessageSink. */
  message(text: string): Promise<void> | undefined {
    return this.send(Buffer.from(text));
  }

  /** Sends one message; a returned promise asks to wait for a slow reader. */
  send(message: Buffer): Promise<void> | undefined {
    if (this.#closed) return undefined;
    this.#line.write(message, () => this.#taken());
    const queued = this.#line.queuedBytes();
    if (queued <= this.#pace.waitBytes) return undefined;
    if (queued > this.#pace.cutBytes) {
      this.cut();
      return undefined;
    }
    const waiting = this.#wait();
    this.#pace.together?.watch(this);
    return waiting;
  }

  /** Nothing is sent any more; whoever waits goes on. */
  close(): void {
    this.#closed = true;
    this.#release();
  }

  #wait(): Promise<void> {
    if (this.#clogged === undefined) {
      this.#clogged = Promise.withResolvers();
      this.#line.pause();
      this.#stall = setTimeout(() => this.cut(), this.#pace.stallMs);
      this.#stall.unref();
    }
    return this.#clogged.promise;
  }

  #taken(): void {
    if (this.#clogged === undefined || this.#closed) return;
    if (this.#line.queuedBytes() > this.#pace.waitBytes) return;
    this.#release();
    this.#line.resume();
  }

  #release(): void {
    clearTimeout(this.#stall);
    this.#clogged?.resolve();
    this.#clogged = undefined;
  }

  /** See SlowReader. */
  queuedBytes(): number {
    return this.#closed ? 0 : this.#line.queuedBytes();
  }

  /** See SlowReader: nothing is sent any more and the connection ends. */
  cut(): void {
    this.close();
    this.#line.cut();
  }
}
