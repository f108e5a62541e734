import type { OnReadOpts } from 'node:net';

/** What one read takes at most; every connection has a buffer of this length. */
const READ_BYTES = 72 * 1024;
/** What one read of a large body takes at most, while it is handed on as it comes. */
const LARGE_READ_BYTES = 256 * 1024;
/** What one read of an event stream takes at most, so that many of them get their turns. */
const STREAM_READ_BYTES = 16 * 1024;
/** Large buffers that wait for the next large body. */
const SPARE_MAX = 8;

/** The large buffers that no connection is reading into. */
export type SpareBuffers = Buffer[];

/** Reads a socket into one buffer, again and again. */
export class SocketReader {
  readonly #spare: SpareBuffers;
  #small = Buffer.allocUnsafeSlow(READ_BYTES);
  #large: Buffer | undefined;
  #readBytes = READ_BYTES;
  /** Takes what was read; its bytes are overwritten afterwards unless they are given away. */
  take: (bytes: Buffer) => void = () => {};

  constructor(spare: SpareBuffers) {
    this.#spare = spare;
  }

  /** Called in `take`: its bytes stay as they are, the next read has another buffer. */
  giveAway(): void {
    if (this.#large === undefined) this.#small = Buffer.allocUnsafeSlow(READ_BYTES);
    else this.#large = Buffer.allocUnsafeSlow(LARGE_READ_BYTES);
  }

  /** So many bytes are still to come and will not be kept: they are read in larger pieces. */
  expect(bytes: number): void {
    if (bytes <= READ_BYTES || this.#large !== undefined) return;
    this.#large = this.#spare.pop() ?? Buffer.allocUnsafeSlow(LARGE_READ_BYTES);
  }

  /** What comes next is read little by little. */
  narrow(): void {
    this.#readBytes = STREAM_READ_BYTES;
  }

  /** Called in `take`: what comes next is nothing special. */
  relax(): void {
    this.#readBytes = READ_BYTES;
    if (this.#large !== undefined && this.#spare.length < SPARE_MAX) this.#spare.push(this.#large);
    this.#large = undefined;
  }

  /** How `net` reads for this reader. */
  get options(): OnReadOpts {
    return {
      buffer: () => this.#large ?? this.#small.subarray(0, this.#readBytes),
      callback: (bytes, buffer) => {
        this.take((buffer as Buffer).subarray(0, bytes));
        return true;
      },
    };
  }
}
