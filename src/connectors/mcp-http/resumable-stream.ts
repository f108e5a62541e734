import type { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { pause } from '../../kernel/pause.ts';
import { SseParser } from '../../mcp/wire/sse-parser.ts';
import type { EgressResponse } from '../../kernel/egress.ts';
import { drain } from './drain.ts';
import { isEventStream } from './endpoint.ts';

/** What reading a call's stream needs of its session. */
export interface ResumableReader {
  /** Asks for the rest of the stream. */
  get(lastEventId: string): Promise<EgressResponse>;
  /** Takes one event; a returned promise delays the next. */
  event(data: Buffer): Promise<void> | undefined;
  /** True once the call is answered. */
  isDone(): boolean;
  readonly cancellation: Cancellation;
}

/** Resumptions in a row that brought nothing new. */
const FRUITLESS_MAX = 5;

/**
 * Reads a call's event stream until the call is answered. A stream that ends early is resumed when
 * its events had ids, after the time the server asked for (2025-11-25 basic/transports,
 * "Resumability and Redelivery").
 */
export async function readResumably(first: EgressResponse, reader: ResumableReader): Promise<void> {
  let response = first;
  let lastEventId: string | undefined;
  let retryMs: number = limits.streamRetryMsMin;
  let fruitless = 0;
  for (;;) {
    const parser = new SseParser();
    const failure = await readUntilDone(response, parser, reader);
    if (reader.isDone() || reader.cancellation.reason !== undefined) return;
    fruitless = parser.lastEventId === undefined ? fruitless + 1 : 0;
    lastEventId = parser.lastEventId ?? lastEventId;
    retryMs = parser.retryMs ?? retryMs;
    if (lastEventId === undefined || fruitless > FRUITLESS_MAX) throw failure;
    await pause(Math.min(retryMs, limits.streamRetryMsMax), reader.cancellation);
    if (reader.cancellation.reason !== undefined) return;
    response = await reader.get(lastEventId);
    if (response.status !== 200 || !isEventStream(response)) {
      response.discard();
      throw failure;
    }
  }
}

/** Returns why the stream ended before its time; throws on what must not be resumed. */
async function readUntilDone(
  response: EgressResponse,
  parser: SseParser,
  reader: ResumableReader,
): Promise<Error> {
  const stream = response.stream()[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<Buffer>;
    try {
      next = await stream.next();
    } catch (error) {
      return error instanceof Error ? error : broken();
    }
    if (next.done === true) return broken();
    try {
      for (const { type, data } of parser.write(next.value)) {
        if (type !== 'message') continue;
        await reader.event(data);
        if (reader.isDone()) {
          void drain(stream, response);
          return broken();
        }
      }
    } catch (error) {
      response.discard();
      throw error;
    }
  }
}

function broken(): GatewayError {
  return new GatewayError('upstream_failed', 'The service ended its stream without an answer.');
}
