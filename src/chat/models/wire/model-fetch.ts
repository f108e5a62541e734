import { Cancellation } from '../../../kernel/cancellation.ts';
import type { Egress, EgressResponse } from '../../../kernel/egress.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';

/** How long a provider may take, milliseconds. */
export interface ModelTimes {
  /** From the request to the head of the answer. */
  readonly firstByteMs: number;
  /** Between two pieces of the answer. */
  readonly idleMs: number;
}

/** What a provider's client library calls instead of the global `fetch`. */
export type ModelFetch = typeof globalThis.fetch;

/** Statuses whose answer has no body, whatever was sent (Fetch §2.2.6 "null body status"). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * `fetch` over the guarded egress, for client libraries: bodies stream, aborting ends the
 * connection, redirects are followed within the origin alone. Rejects with GatewayError of the
 * egress, with `upstream_timeout` when the provider falls silent and `upstream_failed` when it
 * never ends.
 */
export function createModelFetch(egress: Egress, times: ModelTimes): ModelFetch {
  return async (input, init = {}) => {
    if (input instanceof Request) throw new TypeError('a URL is needed, not a Request');
    const signal = init.signal ?? undefined;
    signal?.throwIfAborted();
    const cancellation = new Cancellation();
    const abort = (): void => cancellation.cancel('cancelled');
    signal?.addEventListener('abort', abort, { once: true });
    const settle = (): void => signal?.removeEventListener('abort', abort);
    try {
      const response = await egress.request({
        url: String(input),
        method: init.method ?? 'GET',
        headers: headersOf(init.headers),
        headersTimeoutMs: times.firstByteMs,
        cancellation,
        ...bodyOf(init.body),
      });
      const { status, headers } = response;
      if (BODILESS.has(status)) {
        response.discard();
        settle();
        return new Response(null, { status, headers });
      }
      const bytesMax = status >= 400 ? limits.modelErrorBytesMax : limits.modelAnswerBytesMax;
      const body = streamOf(response, { signal, idleMs: times.idleMs, bytesMax, settle });
      return new Response(body, { status, headers });
    } catch (error) {
      settle();
      throw signal?.aborted === true ? signal.reason : error;
    }
  };
}

/** Headers as the egress takes them; the library does not name itself, the gateway does. */
function headersOf(given: RequestInit['headers']): Record<string, string> {
  const { 'user-agent': _, ...headers } = Object.fromEntries(new Headers(given));
  return headers;
}

function bodyOf(body: RequestInit['body']): { readonly body?: Buffer | string } {
  if (body === undefined || body === null) return {};
  if (typeof body === 'string') return { body };
  if (body instanceof Uint8Array) return { body: Buffer.from(body) };
  throw new TypeError('a body is a text or bytes here');
}

const LINE_FEED = 0x0a;

interface StreamBounds {
  readonly signal: AbortSignal | undefined;
  readonly idleMs: number;
  readonly bytesMax: number;
  readonly settle: () => void;
}

/** The body as a web stream, read only as fast as somebody reads it. */
function streamOf(response: EgressResponse, bounds: StreamBounds): ReadableStream<Uint8Array> {
  const pieces = response.stream()[Symbol.asyncIterator]();
  const { signal, settle } = bounds;
  let readBytes = 0;
  let lineBytes = 0;
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const piece = await inTime(pieces.next(), response, bounds.idleMs);
        if (piece.done === true) {
          settle();
          controller.close();
          return;
        }
        const { value } = piece;
        readBytes += value.length;
        const lineEnd = value.lastIndexOf(LINE_FEED);
        lineBytes = lineEnd < 0 ? lineBytes + value.length : value.length - lineEnd - 1;
        if (readBytes > bounds.bytesMax || lineBytes > limits.modelLineBytesMax) {
          response.discard();
          throw new GatewayError('upstream_failed', 'The provider answered more than is accepted.');
        }
        controller.enqueue(new Uint8Array(value));
      } catch (error) {
        settle();
        controller.error(signal?.aborted === true ? signal.reason : error);
      }
    },
    cancel: () => {
      settle();
      response.discard();
    },
  });
}

/** The next piece; the connection is closed when it takes too long. */
async function inTime<Piece>(
  next: Promise<Piece>,
  response: EgressResponse,
  idleMs: number,
): Promise<Piece> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    response.discard();
  }, idleMs);
  try {
    const piece = await next;
    if (isLate) throw new GatewayError('upstream_timeout', 'The provider fell silent.');
    return piece;
  } finally {
    clearTimeout(timer);
  }
}
