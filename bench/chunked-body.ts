import type { BodyEnds } from './body-ends.ts';

/** How far an answer has been read. */
export type ReadState = 'more' | 'complete' | 'broken';

/** Takes the chunk framing off a body, however its bytes are cut. */
export interface ChunkedBody {
  push(input: Buffer): ReadState;
  clear(): void;
}

/** Creates a decoder that hands the body's bytes to `ends`; trailers are not accepted. */
export function createChunkedBody(ends: BodyEnds): ChunkedBody {
  // Bytes still to come of the current chunk with its line end.
  let remaining = 0;
  let isLastChunk = false;
  let pending: Buffer | undefined;

  const setAside = (chunk: Buffer): ReadState => {
    // The caller reuses its buffer, so what must wait for more bytes is copied.
    pending = chunk.length === 0 ? undefined : Buffer.from(chunk);
    return 'more';
  };

  return {
    push(input) {
      let chunk = pending === undefined ? input : Buffer.concat([pending, input]);
      pending = undefined;
      for (;;) {
        if (remaining > 2) {
          const fragment = chunk.subarray(0, remaining - 2);
          ends.add(fragment);
          remaining -= fragment.length;
          chunk = chunk.subarray(fragment.length);
        }
        if (remaining > 2 || chunk.length < remaining) return setAside(chunk);
        chunk = chunk.subarray(remaining);
        remaining = 0;
        if (isLastChunk) return chunk.length === 0 ? 'complete' : 'broken';
        const end = chunk.indexOf('\r\n');
        if (end === -1) return setAside(chunk);
        const size = Number.parseInt(chunk.toString('latin1', 0, end), 16);
        if (!Number.isSafeInteger(size) || size < 0) return 'broken';
        isLastChunk = size === 0;
        remaining = size + 2;
        chunk = chunk.subarray(end + 2);
      }
    },
    clear() {
      remaining = 0;
      isLastChunk = false;
      pending = undefined;
    },
  };
}
