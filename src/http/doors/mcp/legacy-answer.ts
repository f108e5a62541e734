import type { JsonBytes } from '../../../kernel/json-bytes.ts';
import type { AnswerSink } from '../../../mcp/server/legacy/legacy-server-session.ts';
import type { EventSink, ReplayStream } from '../../../mcp/server/legacy/replay-stream.ts';
import type { RequestId } from '../../../mcp/json-rpc.ts';
import { errorResponse, resultText } from '../../../mcp/wire/message-text.ts';
import { rpcErrorObject, type ErrorContext } from '../../../mcp/rpc-error-object.ts';
import { answerError } from './answer-error.ts';
import type { Reply } from '../../listener/reply.ts';

/** A call that takes longer than this is answered as a stream that a client can come back to. */
const STREAM_AFTER_MS = 50;
/** When a client should reconnect, as the first event tells it. */
const RETRY_MS = 1_000;

/**
 * The answer to a legacy POST: plain JSON when the result comes at once and alone, else an event
 * stream that survives the connection.
 */
export class LegacyAnswer implements AnswerSink {
  readonly #context: ErrorContext;
  readonly #reply: Reply;
  readonly #openStream: () => ReplayStream;
  #timer: NodeJS.Timeout | undefined;
  #stream: ReplayStream | undefined;

  readonly #primes: boolean;
  readonly #elsewhere: ReplayStream | undefined;

  /**
   * `primes` = the client's revision knows first events without data (2025-11-25). `elsewhere` is
   * where messages before the answer go when the client takes JSON alone for it: it gets that
   * however long the call takes.
   */
  constructor(
    context: ErrorContext,
    reply: Reply,
    openStream: () => ReplayStream,
    primes: boolean,
    elsewhere: ReplayStream | undefined,
  ) {
    this.#context = context;
    this.#reply = reply;
    this.#openStream = openStream;
    this.#primes = primes;
    this.#elsewhere = elsewhere;
    if (elsewhere !== undefined) return;
    this.#timer = setTimeout(() => this.#streaming(), STREAM_AFTER_MS);
    this.#timer.unref();
  }

  message(text: string): Promise<void> | undefined {
    return (this.#elsewhere ?? this.#streaming()).message(text);
  }

  result(id: RequestId, result: JsonBytes): void {
    clearTimeout(this.#timer);
    if (this.#stream === undefined) {
      this.#reply.result(id, result);
      return;
    }
    this.#end(resultText(id, result.bytes.toString('utf8')));
  }

  error(id: RequestId, error: unknown): void {
    clearTimeout(this.#timer);
    if (this.#stream === undefined) answerError(this.#context, this.#reply, 'legacy', id, error);
    else this.#end(errorResponse(id, rpcErrorObject(this.#context, error)));
  }

  cancelled(): void {
    clearTimeout(this.#timer);
    if (this.#elsewhere === undefined) this.#streaming().end();
    else this.#reply.empty(202);
  }

  #end(message: string): void {
    const stream = this.#streaming();
    void stream.message(message);
    stream.end();
  }

  #streaming(): ReplayStream {
    if (this.#stream !== undefined) return this.#stream;
    clearTimeout(this.#timer);
    this.#stream = this.#openStream();
    attachReply(this.#reply, this.#stream, undefined, this.#primes);
    return this.#stream;
  }
}

/** Connects a response to a stream, after the event a client names if it names one. */
export function attachReply(
  reply: Reply,
  stream: ReplayStream,
  lastEventId: string | undefined,
  primes: boolean,
): void {
  const sink: EventSink = {
    event: (id, data) => reply.event(oneLine(data), id),
    end: () => reply.end(),
  };
  reply.stream();
  if (primes && lastEventId === undefined) reply.prime(stream.nextId(), RETRY_MS);
  reply.onClose(() => stream.detach(sink));
  stream.attach(sink, lastEventId);
}

/** JSON without raw line breaks; outside strings they can only be spaces. */
function oneLine(json: string): string {
  return /[\r\n]/.test(json) ? json.replace(/[\r\n]/g, ' ') : json;
}
