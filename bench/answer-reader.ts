import { createBodyEnds } from './body-ends.ts';
import { createChunkedBody } from './chunked-body.ts';
import type { ReadState } from './chunked-body.ts';

/** Reads one HTTP/1.1 answer after another from the bytes of a connection. */
export interface AnswerReader {
  /** Takes the next bytes; `complete` means they ended exactly one answer. */
  push(chunk: Buffer): ReadState;
  /** Status of the answer being read, 0 before its head is complete. */
  status(): number;
  /** Head of the answer being read, as received. */
  head(): string;
  bodyBytes(): number;
  /** Searches the first and the last bytes of the body, which are all that is kept of it. */
  bodyContains(needle: string): boolean;
  /** Prepares for the next answer. */
  reset(): void;
}

/** What the head says about the body. */
interface BodyFraming {
  readonly status: number;
  readonly isChunked: boolean;
  /** Length of an unchunked body. */
  readonly bytes: number;
}

const HEAD_BYTES_MAX = 65_536;

/** Creates a reader of sized and chunked answers that keeps only the ends of their bodies. */
export function createAnswerReader(): AnswerReader {
  const ends = createBodyEnds();
  const chunkedBody = createChunkedBody(ends);
  let head = '';
  let framing: BodyFraming | undefined;
  let remaining = 0;
  let pending: Buffer | undefined;

  const readBody = (chunk: Buffer, isChunked: boolean): ReadState => {
    if (isChunked) return chunkedBody.push(chunk);
    if (chunk.length > remaining) return 'broken';
    ends.add(chunk);
    remaining -= chunk.length;
    return remaining === 0 ? 'complete' : 'more';
  };

  const readHead = (input: Buffer): ReadState => {
    const chunk = pending === undefined ? input : Buffer.concat([pending, input]);
    const end = chunk.indexOf('\r\n\r\n');
    if (end === -1) {
      // The caller reuses its buffer, so what must wait for more bytes is copied.
      pending = Buffer.from(chunk);
      return chunk.length > HEAD_BYTES_MAX ? 'broken' : 'more';
    }
    head = chunk.toString('latin1', 0, end + 2);
    framing = framingOf(head);
    if (framing === undefined) return 'broken';
    remaining = framing.bytes;
    return readBody(chunk.subarray(end + 4), framing.isChunked);
  };

  return {
    push: (chunk) => (framing === undefined ? readHead(chunk) : readBody(chunk, framing.isChunked)),
    status: () => framing?.status ?? 0,
    head: () => head,
    bodyBytes: () => ends.bytes(),
    bodyContains: (needle) => ends.contains(needle),
    reset() {
      ends.clear();
      chunkedBody.clear();
      head = '';
      framing = undefined;
      remaining = 0;
      pending = undefined;
    },
  };
}

// An answer whose end only the end of the connection would show is not accepted.
function framingOf(head: string): BodyFraming | undefined {
  const status = head.startsWith('HTTP/1.1 ') ? Number(head.slice(9, 12)) : 0;
  if (!(status >= 200)) return undefined;
  const lower = head.toLowerCase();
  const isChunked = lower.includes('\r\ntransfer-encoding: chunked\r\n');
  const name = '\r\ncontent-length:';
  const at = lower.indexOf(name);
  if (isChunked || status === 204) return { status, isChunked, bytes: 0 };
  if (at === -1) return status === 202 ? { status, isChunked, bytes: 0 } : undefined;
  const start = at + name.length;
  const bytes = Number(lower.slice(start, lower.indexOf('\r\n', start)));
  return Number.isSafeInteger(bytes) ? { status, isChunked, bytes } : undefined;
}
