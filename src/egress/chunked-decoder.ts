import { GatewayError } from '../kernel/errors.ts';

const CR = 0x0d;
const LF = 0x0a;
const LINE_BYTES_MAX = 4096;

type Phase = 'size' | 'data' | 'data_end' | 'trailer' | 'done';

/** Decodes a chunked body (RFC 9112 §7.1) from any split of its bytes. */
export class ChunkedDecoder {
  #phase: Phase = 'size';
  #line = '';
  #remaining = 0;

  /** True once the last chunk and the trailers were read. */
  get done(): boolean {
    return this.#phase === 'done';
  }

  /**
   * Takes bytes, calls `onData` for each piece of the body, returns how many bytes it used
   * (fewer than given only when done). Throws GatewayError `upstream_failed` on bad framing.
   */
  write(bytes: Buffer, onData: (piece: Buffer) => void): number {
    let at = 0;
    while (at < bytes.length && this.#phase !== 'done') {
      if (this.#phase === 'data') {
        const take = Math.min(this.#remaining, bytes.length - at);
        onData(bytes.subarray(at, at + take));
        at += take;
        this.#remaining -= take;
        if (this.#remaining === 0) this.#phase = 'data_end';
      } else {
        at = this.#readLine(bytes, at);
      }
    }
    return at;
  }

  #readLine(bytes: Buffer, offset: number): number {
    const lineFeed = bytes.indexOf(LF, offset);
    const end = lineFeed === -1 ? bytes.length : lineFeed + 1;
    this.#line += bytes.toString('latin1', offset, end);
    if (this.#line.length > LINE_BYTES_MAX) throw broken();
    if (lineFeed !== -1) {
      if (this.#line.charCodeAt(this.#line.length - 2) !== CR) throw broken();
      const line = this.#line.slice(0, -2);
      this.#line = '';
      this.#takeLine(line);
    }
    return end;
  }

  #takeLine(line: string): void {
    if (this.#phase === 'data_end') {
      if (line !== '') throw broken();
      this.#phase = 'size';
    } else if (this.#phase === 'trailer') {
      if (line === '') this.#phase = 'done';
    } else {
      const size = /^([0-9a-fA-F]{1,8})(?:[ \t]*;.*)?$/.exec(line)?.[1];
      if (size === undefined) throw broken();
      this.#remaining = Number.parseInt(size, 16);
      this.#phase = this.#remaining === 0 ? 'trailer' : 'data';
    }
  }
}

function broken(): GatewayError {
  return new GatewayError('upstream_failed', 'The service sent a broken chunked answer.');
}
