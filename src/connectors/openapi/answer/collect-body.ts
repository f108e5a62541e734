import type { ExchangeIo } from '../../../mcp/message.ts';
import type { EgressResponse } from '../../../kernel/egress.ts';
import { essence, isJsonSequenceType } from '../text/choose-media-type.ts';

/** A body, or as much of it as was waited for. */
export interface CollectedBody {
  readonly bytes: Buffer;
  /** Why it is not whole; absent when it is. */
  readonly cut?: 'size' | 'time';
}

/** How a body is collected. */
export interface CollectOptions {
  readonly bytesMax: number;
  /** Told of each event of a stream as it comes; the client asked for progress. */
  readonly progress: boolean;
}

/** What is left of the exchange when a stream is cut, to send what came so far. */
const RESERVE_MS = 1_000;
const TIMER_MS_MAX = 2_147_483_647;
const MESSAGE_CHARACTERS = 500;

/**
 * Reads a body up to a size. A stream of events or JSON values may never end: it is cut shortly
 * before the exchange's deadline, and each of its events can be reported as progress.
 */
export async function collectBody(
  response: EgressResponse,
  io: ExchangeIo,
  { bytesMax, progress }: CollectOptions,
): Promise<CollectedBody> {
  const mediaType = essence(response.headers['content-type'] ?? '');
  const events = mediaType === 'text/event-stream' || isJsonSequenceType(mediaType);
  const deadline = events ? alarm(io.deadlineMs - RESERVE_MS) : undefined;
  const reporter = events && progress ? createReporter(mediaType, io) : undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  const pieces = response.stream()[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = pieces.next();
      const step = await (deadline === undefined ? next : Promise.race([next, deadline.rung]));
      if (step === undefined) {
        // Nobody waits for this piece any more; that it fails is expected.
        next.catch(() => undefined);
        response.discard();
        return { bytes: Buffer.concat(chunks), cut: 'time' };
      }
      if (step.done === true) return { bytes: Buffer.concat(chunks) };
      size += step.value.byteLength;
      if (size > bytesMax) {
        response.discard();
        return { bytes: Buffer.concat(chunks), cut: 'size' };
      }
      chunks.push(step.value);
      await reporter?.(step.value);
    }
  } finally {
    deadline?.stop();
  }
}

function alarm(atMs: number): { readonly rung: Promise<undefined>; readonly stop: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const waitMs = Math.min(Math.max(atMs - Date.now(), 0), TIMER_MS_MAX);
  const timer = setTimeout(() => resolve(undefined), waitMs);
  return { rung: promise, stop: () => clearTimeout(timer) };
}

/** The data lines of one event; comments and other fields say nothing to a reader. */
const eventData = (event: string): string =>
  event
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).trim())
    .join('\n');

/** Cuts the bytes into events and reports each. */
function createReporter(mediaType: string, io: ExchangeIo): (chunk: Buffer) => Promise<void> {
  const isEvents = mediaType === 'text/event-stream';
  const separator = isEvents ? /\r?\n\r?\n/ : /\n/;
  const decoder = new TextDecoder();
  let rest = '';
  let count = 0;
  return async (chunk) => {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split(separator);
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const text = (isEvents ? eventData(part) : part).trim();
      if (text === '') continue;
      count += 1;
      const message = text.slice(0, MESSAGE_CHARACTERS).toWellFormed();
      await io.notify({ method: 'notifications/progress', params: { progress: count, message } });
    }
  };
}
