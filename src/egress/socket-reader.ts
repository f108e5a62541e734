import type { OnReadOpts } from 'node:net';

/** What one read takes at most; every connection has a buffer of this length. */
const READ_BYTES = 72 * 1024;
/** What one read of a large body takes at most, while it is handed on as it comes. */
const LARGE_READ_BYTES = 256 * 1024;
/** What one read of an event stream takes at most, so that many of them get their turns. */
const STREAM_READ_BYTES = 16 * 1024;
/** Buffers of one length that wait for their next use. */
const SPARE_MAX = 64;
const LARGE_SPARE_MAX = 8;

/** The buffers that no connection is reading into. */
export interface SpareBuffers {
  readonly small: Buffer[];
  readonly large: Buffer[];
}

/** Reads a socket into one buffer, again and again. */
export class SocketReader {
  readonly #spare: SpareBuffers;
  #small: Buffer;
  #large: Buffer | undefined;
  #readBytes = READ_BYTES;
  /** Where the next read goes in the small buffer: behind what awaits it. */
  #offset = 0;
  /** Takes what was read; its bytes are overwritten afterwards unless they are given away. */
  take: (bytes: Buffer) => void = () => {};

  constructor(spare: SpareBuffers) {
    this.#spare = spare;
    this.#small = spare.small.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);
  }

  /** Called in `take`: its bytes stay as they are, the next read has another buffer. */
  giveAway(): void {
    const { small, large } = this.#spare;
    if (this.#large === undefined) this.#small = small.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);
    else this.#large = large.pop() ?? Buffer.allocUnsafeSlow(LARGE_READ_BYTES);
    this.#offset = 0;
  }

  /** The memory of bytes that were given away may be used again. */
  release({ buffer }: Buffer): void {
    const { small, large } = this.#spare;
    const isSmall = buffer.byteLength === READ_BYTES;
    if (isSmall && small.length < SPARE_MAX) small.push(Buffer.from(buffer));
    else if (buffer.byteLength === LARGE_READ_BYTES && large.length < LARGE_SPARE_MAX) {
      large.push(Buffer.from(buffer));
    }
  }

  /** Whether so many bytes have room behind these, which were just read. */
  hasRoomBehind(bytes: Buffer, more: number): boolean {
    if (bytes.buffer !== this.#small.buffer || this.#large !== undefined) return false;
    return bytes.byteOffset + bytes.length + more <= READ_BYTES;
  }

  /** Called in `take`: the next read goes behind these bytes. */
  readBehind(bytes: Buffer): void {
    this.#offset = bytes.byteOffset + bytes.length;
  }

  /** So many bytes are still to come and will not be kept: they are read in larger pieces. */
  expect(bytes: number): void {
    if (bytes <= READ_BYTES || this.#large !== undefined) return;
    this.#large = this.#spare.large.pop() ?? Buffer.allocUnsafeSlow(LARGE_READ_BYTES);
  }

  /** What comes next is read little by little. */
  narrow(): void {
    this.#readBytes = STREAM_READ_BYTES;
  }

  /** Called in `take`: what comes next is nothing special. */
  relax(): void {
    this.#readBytes = READ_BYTES;
    this.#offset = 0;
    if (this.#large !== undefined) this.release(this.#large);
    this.#large = undefined;
  }

  /** How `net` reads for this reader. */
  get options(): OnReadOpts {
    return {
      buffer: () => this.#next(),
      callback: (bytes, buffer) => {
        this.take((buffer as Buffer).subarray(0, bytes));
        return true;
      },
    };
  }

  #next(): Buffer {
    if (this.#large !== undefined) return this.#large;
    if (this.#offset > 0) return this.#small.subarray(this.#offset);
    return this.#readBytes === READ_BYTES ? this.#small : this.#small.subarray(0, this.#readBytes);
  }
}
