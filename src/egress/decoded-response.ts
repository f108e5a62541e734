import { pipeline, Readable, type Transform } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import type { EgressHeaders, EgressResponse } from '../kernel/egress.ts';
import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';

/** How many codings on top of each other are undone. */
const CODINGS_MAX = 3;

/** A response whose content is decoded as it comes; nothing is held but what a decoder holds. */
export class DecodedResponse implements EgressResponse {
  readonly status: number;
  readonly headers: EgressHeaders;
  readonly #coded: EgressResponse;
  readonly #codings: readonly string[];

  /** `codings` are in the order in which the server applied them. */
  constructor(coded: EgressResponse, codings: readonly string[]) {
    this.status = coded.status;
    this.headers = coded.headers;
    this.#coded = coded;
    this.#codings = codings;
  }

  /** See EgressResponse; `bytesMax` bounds what comes out of the decoder. */
  async bytes(bytesMax: number = limits.upstreamResultBytesMax): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of this.stream()) {
      size += piece.length;
      if (size > bytesMax) {
        const text = 'The service answered more than the gateway accepts.';
        throw new GatewayError('upstream_failed', text);
      }
      pieces.push(piece);
    }
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, size);
  }

  async *stream(): AsyncGenerator<Buffer> {
    try {
      if (this.#codings.length > CODINGS_MAX) throw unreadable(this.#codings.join(', '));
      let content = this.#coded.stream();
      for (const coding of this.#codings.toReversed()) content = decoded(content, coding);
      yield* content;
    } finally {
      this.discard();
    }
  }

  discard(): void {
    this.#coded.discard();
  }
}

async function* decoded(source: AsyncIterable<Buffer>, coding: string): AsyncGenerator<Buffer> {
  const pieces = source[Symbol.asyncIterator]();
  let first = await pieces.next();
  while (first.done !== true && first.value.length === 0) first = await pieces.next();
  // Where there is nothing, nothing was compressed.
  if (first.done === true) return;
  const start = first.value;
  const decoder = decoderFor(coding, start[0] as number);
  const whole = (async function* () {
    yield start;
    for (;;) {
      const next = await pieces.next();
      if (next.done === true) return;
      yield next.value;
    }
  })();
  pipeline(Readable.from(whole, { objectMode: false }), decoder, () => {});
  try {
    for await (const piece of decoder) yield piece as Buffer;
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    const text = `The service's answer is named ${coding} and could not be decoded as such.`;
    throw new GatewayError('upstream_failed', text, { cause });
  }
}

function decoderFor(coding: string, firstByte: number): Transform {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      // Named for the zlib format (RFC 9110 §8.4.1.2); some servers send the bare one.
      return (firstByte & 0x0f) === 8 ? createInflate() : createInflateRaw();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress();
    default:
      throw unreadable(coding);
  }
}

function unreadable(coding: string): GatewayError {
  const text =
    `The service answered in the content coding "${coding.slice(0, 60)}", which the gateway ` +
    'does not read; it asks for "identity".';
  return new GatewayError('upstream_failed', text);
}
