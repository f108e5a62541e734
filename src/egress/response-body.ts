import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';

/** Queued bytes above which the socket is paused until somebody reads them. */
const PAUSE_BYTES = 64 * 1024;

/** What is lent at a time: the pieces of one read. */
const LENT_BYTES = 16 * 1024;

/** Bodies up to this length get one buffer of their own. */
const TARGET_BYTES_MAX = 2 * 1024 * 1024;

/** What a body needs from its connection. */
export interface BodySource {
  pause(): void;
  resume(): void;
  /** The body is read as a stream: little at a time is enough. */
  narrow(): void;
  /** Closes the connection: the rest of the body is not wanted. */
  abandon(): void;
}

/** One response body: filled by the connection, read once by the consumer. */
export class ResponseBody {
  #pieces: Buffer[] = [];
  #queuedBytes = 0;
  #ended = false;
  #error: unknown;
  #waiter: (() => void) | undefined;
  #paused = false;
  #isStreaming = false;
  #isLending = false;
  /** The memory of the pieces that are lent now. */
  #lent: Buffer | undefined;
  #lentBytes = 0;
  #collectBytesMax: number | undefined;
  /** Where a body of known, moderate length is put together as it comes. */
  #target: Buffer | undefined;
  #filled = 0;
  #yielded = 0;
  readonly #source: BodySource;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** Called by the connection when the length is known: one buffer instead of many pieces. */
  allocate(bytes: number): void {
    if (bytes <= TARGET_BYTES_MAX) this.#target = Buffer.allocUnsafe(bytes);
  }

  /** Called by the connection for each piece; the piece itself is not kept. */
  push(bytes: Buffer): void {
    if (this.#target !== undefined) {
      this.#filled += bytes.copy(this.#target, this.#filled);
      if (this.#collectBytesMax === undefined) this.#wake();
      return;
    }
    const piece = this.#copy(bytes);
    this.#pieces.push(piece);
    this.#queuedBytes += piece.length;
    if (this.#collectBytesMax !== undefined) {
      if (this.#queuedBytes > this.#collectBytesMax) this.#tooLarge();
      return;
    }
    // A stream is read once a turn: a sender that is faster than the loop must not keep it busy.
    if ((this.#isStreaming || this.#queuedBytes > PAUSE_BYTES) && !this.#paused) {
      this.#paused = true;
      this.#source.pause();
    }
    this.#wake();
  }

  /** Called by the connection at the end of the body. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Called by the connection when the body cannot be completed. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#wake();
  }

  /** Everything at once. Throws GatewayError `upstream_failed` when it is too large or broken. */
  async bytes(bytesMax: number = limits.upstreamResultBytesMax): Promise<Buffer> {
    this.#collectBytesMax = bytesMax;
    if (Math.max(this.#queuedBytes, this.#target?.length ?? 0) > bytesMax) this.#tooLarge();
    if (this.#paused) this.#source.resume();
    while (!this.#ended) await this.#wait();
    if (this.#error !== undefined) throw this.#error;
    if (this.#target !== undefined) return this.#target;
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }

  /** The pieces as they come; `lent` ones are valid until the next one is asked for. */
  async *stream(isLent = false): AsyncGenerator<Buffer> {
    this.#isStreaming = true;
    this.#isLending = isLent;
    if (!this.#ended) this.#source.narrow();
    try {
      for (;;) {
        const piece = this.#next();
        if (piece !== undefined) {
          if (this.#target === undefined) this.#queuedBytes -= piece.length;
          if (this.#paused && this.#queuedBytes < PAUSE_BYTES / 2) {
            this.#paused = false;
            setImmediate(() => this.#resume());
          }
          yield piece;
          // Whoever asks for the next piece is done with all before it.
          if (this.#pieces.length === 0) this.#lentBytes = 0;
        } else if (this.#ended) {
          if (this.#error !== undefined) throw this.#error;
          return;
        } else {
          await this.#wait();
        }
      }
    } finally {
      this.discard();
    }
  }

  /** Drops what is left. */
  discard(): void {
    this.#abandon();
    this.#pieces = [];
  }

  /** The piece outlives the read; a lent one only until it was used. */
  #copy(bytes: Buffer): Buffer {
    const start = this.#lentBytes;
    if (!this.#isLending || start + bytes.length > LENT_BYTES) return Buffer.from(bytes);
    this.#lent ??= Buffer.allocUnsafeSlow(LENT_BYTES);
    this.#lentBytes += bytes.copy(this.#lent, start);
    return this.#lent.subarray(start, this.#lentBytes);
  }

  /** Once a body has ended its connection may carry another exchange and is left alone. */
  #abandon(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#source.abandon();
    this.#wake();
  }

  /** Once a body has ended its connection is another's. */
  #resume(): void {
    if (!this.#ended) this.#source.resume();
  }

  #next(): Buffer | undefined {
    if (this.#target === undefined) return this.#pieces.shift();
    if (this.#filled === this.#yielded) return undefined;
    const piece = this.#target.subarray(this.#yielded, this.#filled);
    this.#yielded = this.#filled;
    return piece;
  }

  #tooLarge(): void {
    this.#error = new GatewayError(
      'upstream_failed',
      'The service answered more than the gateway accepts.',
    );
    this.#pieces = [];
    this.#abandon();
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiter = resolve;
    });
  }

  #wake(): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.();
  }
}
