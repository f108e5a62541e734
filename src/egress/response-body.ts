import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';

/** Queued bytes above which the socket is paused. */
const PAUSE_BYTES = 64 * 1024;

/** What a body needs from its connection. */
export interface BodySource {
  pause(): void;
  resume(): void;
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
  #collectBytesMax: number | undefined;
  readonly #source: BodySource;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** Called by the connection for each piece; pieces are kept as they are. */
  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#queuedBytes += piece.length;
    if (this.#collectBytesMax !== undefined) {
      if (this.#queuedBytes > this.#collectBytesMax) this.#tooLarge();
      return;
    }
    if (this.#queuedBytes > PAUSE_BYTES && !this.#paused) {
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
    if (this.#queuedBytes > bytesMax) this.#tooLarge();
    if (this.#paused) this.#source.resume();
    while (!this.#ended) await this.#wait();
    if (this.#error !== undefined) throw this.#error;
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }

  /** The pieces as they come. */
  async *stream(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const piece = this.#pieces.shift();
        if (piece !== undefined) {
          this.#queuedBytes -= piece.length;
          if (this.#paused && this.#queuedBytes < PAUSE_BYTES / 2) {
            this.#paused = false;
            this.#source.resume();
          }
          yield piece;
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

  /** Once a body has ended its connection may carry another exchange and is left alone. */
  #abandon(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#source.abandon();
    this.#wake();
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
