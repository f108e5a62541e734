import type { Socket } from 'node:net';
import type { Cancellation, CancelReason } from '../kernel/cancellation.ts';
import { GatewayError } from '../kernel/errors.ts';
import { LastSeen } from '../kernel/recent/last-seen.ts';
import { limits } from '../kernel/limits.ts';
import type { BodyFlow, BodySink, EgressResponse } from '../kernel/egress.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import type { DialledSocket } from './dial.ts';
import type { SocketReader } from './socket-reader.ts';
import { cutShort, isRedirect, isSafe, silent, stuck, type WireRequest } from './exchange-owner.ts';
import { ResponseBody } from './response-body.ts';
import { WireResponse } from './wire-response.ts';
import type { WriteBatch } from './write-batch.ts';
import { parseResponseHead, type BodyFraming, type ResponseHead } from './response-head.ts';

/** What the pool is told. */
export interface ConnectionEvents {
  /** The exchange is over and the connection may be used again. */
  idle(connection: Connection): void;
  /** The connection is gone. */
  closed(connection: Connection): void;
}

interface Exchange {
  readonly request: WireRequest;
  /** Stops listening for the exchange's cancellation. */
  readonly settle: () => void;
  readonly resolve: (response: EgressResponse | Promise<EgressResponse>) => void;
  readonly reject: (error: unknown) => void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
/** A server that names no keep-alive time closes after 5 s at the earliest (Node's default). */
const IDLE_MS_DEFAULT = 4_000;

/** One HTTP/1.1 connection to an upstream; carries one exchange at a time. */
export class Connection implements BodyFlow {
  readonly #socket: Socket;
  readonly #reader: SocketReader | undefined;
  readonly #events: ConnectionEvents;
  #exchange: Exchange | undefined;
  #head: ResponseHead | undefined;
  /** Who gets the body: a sink, or the response that was handed out. */
  #sink: BodySink | undefined;
  #body: ResponseBody | undefined;
  /** A chunk whose end the next read continues. */
  #awaiting: Buffer | undefined;
  #pending: Buffer | undefined;
  readonly #lastHead = new LastSeen<{ method: string; head: ResponseHead }>();
  #remainingBytes = 0;
  #chunked: ChunkedDecoder | undefined;
  #idleMs = IDLE_MS_DEFAULT;
  /** When the last bytes of the body came, where silence in it is measured. */
  #heardMs = 0;
  #isPaused = false;
  /** True once an exchange came to its end here. */
  #isReused = false;
  /** When the pool must stop using it, epoch milliseconds. */
  idleUntilMs = 0;

  readonly #writes: WriteBatch;

  constructor({ socket, reader }: DialledSocket, writes: WriteBatch, events: ConnectionEvents) {
    this.#socket = socket;
    this.#reader = reader;
    this.#writes = writes;
    this.#events = events;
    socket.setNoDelay(true);
    if (reader === undefined) socket.on('data', (bytes: Buffer) => this.#onData(bytes));
    else reader.take = (bytes) => this.#onData(bytes);
    socket.on('end', () => this.#onEnd());
    socket.on('error', (error) => this.#lose(error));
    socket.on('close', () => this.#lose());
  }

  /** Sends a request; resolves with the head. The body is read through the response. */
  exchange(request: WireRequest, cancellation?: Cancellation): Promise<EgressResponse> {
    return new Promise((resolve, reject) => {
      const settle = cancellation?.onCancel((reason) => this.#abort(request, reason)) ?? nothing;
      this.#exchange = { request, settle, resolve, reject };
      this.#writes.add(this.#socket, request.bytes);
    });
  }

  /** See BodyFlow. */
  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  /** See BodyFlow. */
  resume(): void {
    if (this.#isPaused) this.#heardMs = Date.now();
    this.#isPaused = false;
    this.#socket.resume();
  }

  /** See BodyFlow. */
  release(chunk: Buffer): void {
    this.#reader?.release(chunk);
  }

  /** Reads little at a time from now on. */
  narrow(): void {
    this.#reader?.narrow();
  }

  /** Drops a body that is not read to its end. */
  abandon(): void {
    this.#close(lost());
  }

  /** Ends the connection; an exchange in flight fails with the error. */
  destroy(error: unknown): void {
    this.#close(error);
  }

  /** Cuts an exchange whose head or next bytes are overdue; called by the pool's clock. */
  checkDeadline(nowMs: number): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    const { original, headersDeadlineMs } = exchange.request;
    if (this.#head === undefined) {
      if (nowMs >= headersDeadlineMs) this.#close(silent(original));
    } else if (original.idleTimeoutMs !== undefined && !this.#isPaused) {
      if (nowMs >= this.#heardMs + original.idleTimeoutMs) this.#close(stuck(original));
    }
  }

  #abort(request: WireRequest, reason: CancelReason): void {
    if (this.#exchange?.request !== request) return;
    this.#close(cutShort(request.original, reason, this.#head === undefined));
  }

  #onData(bytes: Buffer): void {
    if (this.#exchange?.request.original.idleTimeoutMs !== undefined) this.#heardMs = Date.now();
    try {
      this.#take(bytes);
    } catch (error) {
      this.#close(error);
    }
  }

  #take(received: Buffer): void {
    let bytes = received;
    if (this.#exchange === undefined) {
      throw new GatewayError('upstream_failed', 'The service sent bytes that nobody asked for.');
    }
    while (this.#head === undefined) {
      if (this.#pending !== undefined) bytes = Buffer.concat([this.#pending, bytes]);
      const end = bytes.indexOf(HEAD_END);
      if (end === -1 && bytes.length <= limits.upstreamHeadBytesMax) {
        // The bytes may stand in a buffer that the next read overwrites.
        this.#pending = Buffer.from(bytes);
        return;
      }
      if (end === -1 || end > limits.upstreamHeadBytesMax) {
        throw new GatewayError('upstream_failed', 'The service sent too large a response head.');
      }
      this.#pending = undefined;
      const head = this.#readHead(bytes, end, this.#exchange.request.method);
      bytes = bytes.subarray(end + 4);
      if (head.status >= 200) this.#start(this.#exchange, head);
      else if (head.status === 101) throw lost();
      else if (bytes.length === 0) return;
    }
    this.#takeBody(this.#head.framing, bytes);
  }

  /** The head of the answer to another method may mean something else. */
  #readHead(bytes: Buffer, end: number, method: string): ResponseHead {
    const known = this.#lastHead.get(bytes, end);
    if (known?.method === method) return known.head;
    const head = parseResponseHead(bytes.toString('latin1', 0, end), method);
    this.#lastHead.set(bytes, end, { method, head });
    return head;
  }

  #start(exchange: Exchange, head: ResponseHead): void {
    this.#head = head;
    const bodyBytes = head.framing.kind === 'length' ? head.framing.bytes : undefined;
    this.#remainingBytes = bodyBytes ?? 0;
    if (head.framing.kind === 'chunked') this.#chunked = new ChunkedDecoder();
    this.#idleMs = head.idleMs ?? this.#idleMs;
    const { status, headers } = head;
    // No sink reads coded content, and a 205 has none whatever follows it.
    const sink = head.codings === undefined ? exchange.request.sink : undefined;
    if (status === 205) this.#sink = NOWHERE;
    else if (sink?.accepts({ status, headers, bodyBytes }, this) === true) this.#sink = sink;
    else this.#respond(exchange, head);
  }

  /** Hands out a response that has the body. */
  #respond({ request, resolve }: Exchange, head: ResponseHead): ResponseBody {
    const { status, headers, framing, codings } = head;
    const body = new ResponseBody(this);
    this.#body = body;
    if (framing.kind === 'length') body.allocate(framing.bytes);
    const response = new WireResponse(status, headers, body);
    if (isRedirect(head)) resolve(request.owner.redirected(request, response));
    else resolve(codings === undefined ? response : decoded(response, codings));
    return body;
  }

  #push(bytes: Buffer): void {
    if (this.#sink === undefined) {
      this.#body?.push(bytes);
      return;
    }
    let chunk = bytes;
    if (this.#awaiting !== undefined) {
      const { buffer, byteOffset, length } = this.#awaiting;
      chunk = Buffer.from(buffer, byteOffset, length + bytes.length);
      this.#awaiting = undefined;
    }
    // Of a body without a length nobody knows whether the rest has room.
    const mayAwait =
      this.#head?.framing.kind === 'length' &&
      this.#reader?.hasRoomBehind(chunk, this.#remainingBytes) === true;
    const outcome = this.#sink.chunk(chunk, mayAwait);
    if (outcome === 'kept') this.#reader?.giveAway();
    else if (outcome === 'awaiting') {
      this.#awaiting = chunk;
      this.#reader?.readBehind(chunk);
    } else if (outcome === 'refused') {
      this.#sink = undefined;
      this.#respond(this.#exchange as Exchange, this.#head as ResponseHead).push(chunk);
    }
  }

  #takeBody(framing: BodyFraming, bytes: Buffer): void {
    if (framing.kind === 'length') {
      const take = Math.min(this.#remainingBytes, bytes.length);
      this.#remainingBytes -= take;
      if (take > 0) this.#push(take === bytes.length ? bytes : bytes.subarray(0, take));
      if (this.#remainingBytes === 0) this.#finish(bytes.length - take);
      else if (this.#sink !== undefined) this.#reader?.expect(this.#remainingBytes);
    } else if (framing.kind === 'chunked') {
      const decoder = this.#chunked as ChunkedDecoder;
      const used = decoder.write(bytes, (chunk) => this.#push(chunk));
      if (decoder.done) this.#finish(bytes.length - used);
    } else if (framing.kind === 'none') {
      this.#finish(bytes.length);
    } else if (bytes.length > 0) {
      this.#push(bytes);
    }
  }

  #finish(surplusBytes: number): void {
    const exchange = this.#exchange as Exchange;
    const head = this.#head as ResponseHead;
    const body = this.#body;
    const keepAlive = head.keepAlive && surplusBytes === 0;
    this.#exchange = undefined;
    this.#head = undefined;
    this.#chunked = undefined;
    this.#sink = undefined;
    this.#awaiting = undefined;
    this.#body = undefined;
    this.#reader?.relax();
    exchange.settle();
    if (body === undefined) exchange.resolve(new WireResponse(head.status, head.headers, body));
    else body.end();
    this.#isReused = true;
    if (!keepAlive) {
      this.#close(undefined);
      return;
    }
    this.#isPaused = false;
    this.#socket.resume();
    this.idleUntilMs = Date.now() + this.#idleMs;
    this.#events.idle(this);
  }

  #onEnd(): void {
    if (this.#head?.framing.kind === 'close') this.#finish(0);
    else this.#lose();
  }

  /** The other side closed: what it may not have seen, and does no harm twice, is sent again. */
  #lose(cause?: unknown): void {
    const exchange = this.#exchange;
    const isUnanswered = this.#head === undefined && this.#pending === undefined;
    if (exchange !== undefined && this.#isReused && isUnanswered) {
      const { request } = exchange;
      if (!request.isRepeat && isSafe(request.original)) {
        this.#exchange = undefined;
        exchange.settle();
        exchange.resolve(request.owner.repeat(request));
      }
    }
    this.#close(lost(cause));
  }

  #close(error: unknown): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (exchange !== undefined) {
      exchange.settle();
      if (this.#body === undefined) exchange.reject(error);
      else this.#body.fail(error);
    }
    if (!this.#socket.destroyed) this.#socket.destroy();
    this.#events.closed(this);
  }
}

const nothing = (): void => {};

/** Takes a body that means nothing. */
const NOWHERE: BodySink = { accepts: () => true, chunk: () => 'taken' };

/** Few services compress what nobody asked them to: the decoders are loaded for the first. */
async function decoded(
  response: EgressResponse,
  codings: readonly string[],
): Promise<EgressResponse> {
  const { DecodedResponse } = await import('./decoded-response.ts');
  return new DecodedResponse(response, codings);
}

function lost(cause?: unknown): GatewayError {
  const text = 'The connection to the service was lost before its answer was complete.';
  return new GatewayError('upstream_failed', text, { cause });
}
