import type { CancelReason } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { InFlight } from '../../kernel/in-flight.ts';
import { limits } from '../../kernel/limits.ts';
import {
  LegacyServerSession,
  type AnswerSink,
} from '../../mcp/server/legacy/legacy-server-session.ts';
import { claimsModern, decodeModernRequest } from '../../mcp/server/modern/decode-request.ts';
import { ModernIo } from '../../mcp/server/modern/modern-io.ts';
import type { Principal } from '../../kernel/principal.ts';
import {
  idOf,
  readFrame,
  type Frame,
  type NotificationFrame,
  type RequestFrame,
  type RequestId,
  requestIdIn,
} from '../../mcp/json-rpc.ts';
import { keptOutcome } from '../../mcp/kept-outcome.ts';
import type { ExchangeIo, McpOutcome, McpRequest } from '../../mcp/message.ts';
import type { MessageSink } from '../../mcp/server/message-sink.ts';
import { parseMessage } from '../../mcp/wire/parse-message.ts';
import { batchVersions } from '../../mcp/protocol.ts';
import { cancelledText, errorResponse, resultResponse } from '../../mcp/wire/message-text.ts';
import { rpcErrorObject, type ErrorContext } from '../../mcp/rpc-error-object.ts';
import type { Endpoint } from '../exchange.ts';
import type { Gateway } from '../gateway.ts';
import { handleInTime } from '../handle-in-time.ts';

/** What a conversation is made from. */
export interface ConversationContext extends ErrorContext {
  readonly gateway: Pick<Gateway, 'handle'>;
  readonly endpoint: Endpoint;
  /** Whose connection it is, asked anew for every request: what opened it may have ended. */
  admit(): Principal | Promise<Principal>;
  /** The session the connection belongs to, or null. */
  readonly sessionId: string | null;
}

/** The client's side of the connection. */
export interface ConversationSink extends MessageSink {
  send(message: Buffer): Promise<void> | undefined;
}

/**
 * A client on one connection that carries whole messages both ways (stdio, WebSocket, HTTP+SSE):
 * both eras, many requests at once, told apart by their ids. A request with a modern envelope is
 * stateless; `initialize` opens the legacy session of this connection.
 */
export class Conversation {
  readonly #context: ConversationContext;
  readonly #sink: ConversationSink;
  /** Requests in flight; those of the legacy session are cancelled by it. */
  readonly #running = new InFlight<RequestId, ModernIo | 'legacy'>();
  #legacy: LegacyServerSession | undefined;
  #announcing = false;
  #retired = false;
  #closed = false;

  constructor(context: ConversationContext, sink: ConversationSink) {
    this.#context = context;
    this.#sink = sink;
  }

  /** Requests whose answers are owed; listen streams are not among them. */
  get running(): number {
    let running = 0;
    for (const one of this.#running.values()) if (one === 'legacy' || !one.isListen) running++;
    return running;
  }

  /** True while the client waits for something: an answer or announcements. */
  get inUse(): boolean {
    return this.#running.size > 0 || this.#announcing;
  }

  /** Takes one message of the client; whatever happens is told to the client. */
  receive(message: Buffer): void {
    let value: unknown;
    try {
      value = parseMessage(message);
    } catch (error) {
      this.#fail(null, error);
      return;
    }
    this.take(value, message.length);
  }

  /** Takes one message that is parsed already: a request, notification, response or batch. */
  take(value: unknown, bytesIn: number): void {
    if (Array.isArray(value)) this.#takeBatch(value, bytesIn);
    else this.#takeOne(value, bytesIn);
  }

  /** Refuses new requests; what runs may finish. */
  retire(): void {
    this.#retired = true;
  }

  /** Cuts what runs; the client is told why. */
  cutAll(): void {
    this.retire();
    this.#cancelAll('shutdown');
  }

  /** The client is gone: everything it asked for is cancelled and nothing more is sent. */
  close(): void {
    this.#closed = true;
    this.#cancelAll('client_gone');
  }

  #cancelAll(reason: CancelReason): void {
    for (const one of this.#running.values()) {
      if (one !== 'legacy') one.cancellation.cancel(reason);
    }
    this.#legacy?.close();
  }

  /** Each message of a batch is answered for itself; the batch's size is counted once. */
  #takeBatch(values: readonly unknown[], bytesIn: number): void {
    const version = this.#legacy?.protocolVersion;
    let problem: string | undefined;
    if (version === undefined || !batchVersions.has(version)) {
      problem = 'This protocol version has no batches.';
    } else if (values.length === 0 || values.length > limits.batchMessagesMax) {
      problem = `A batch must have 1 to ${limits.batchMessagesMax} messages.`;
    }
    if (problem !== undefined) {
      this.#fail(null, new GatewayError('invalid_request', problem));
      return;
    }
    for (const [index, value] of values.entries()) this.#takeOne(value, index === 0 ? bytesIn : 0);
  }

  #takeOne(value: unknown, bytesIn: number): void {
    if (this.#closed) return;
    let frame: Frame;
    try {
      frame = readFrame(value);
    } catch (error) {
      this.#fail(idOf(value), error);
      return;
    }
    if (frame.kind === 'response') this.#legacy?.response(frame);
    else if (frame.kind === 'notification') this.#notification(frame);
    else this.#request(frame, bytesIn);
  }

  #notification(frame: NotificationFrame): void {
    if (frame.method === 'notifications/initialized') {
      this.#announcing = this.#legacy?.protocolVersion !== undefined;
      this.#legacy?.announceChanges();
      return;
    }
    if (frame.method !== 'notifications/cancelled') return;
    const id = requestIdIn(frame.params, 'requestId');
    if (id === undefined) return;
    const running = this.#running.get(id);
    if (running === 'legacy') this.#legacy?.notification(frame);
    else running?.cancellation.cancel('cancelled');
  }

  #request(frame: RequestFrame, bytesIn: number): void {
    const { id, params } = frame;
    if (this.#retired) this.#fail(id, new GatewayError('shutting_down'));
    else if (this.#running.has(id)) {
      this.#fail(id, new GatewayError('invalid_request', 'This request id is in use already.'));
    } else if (this.#running.size >= limits.connectionRequestsMax) {
      this.#fail(id, new GatewayError('too_many'));
    } else if (claimsModern({}, params)) void this.#modern(frame, bytesIn);
    else void this.#toLegacy(frame, bytesIn);
  }

  async #modern(frame: RequestFrame, bytesIn: number): Promise<void> {
    const { id } = frame;
    let io: ModernIo | undefined;
    try {
      const decoded = decodeModernRequest(frame, undefined);
      io = new ModernIo(id, decoded, this.#sink);
      this.#running.set(id, io);
      const { sessionId } = this.#context;
      const outcome = await this.#handle(decoded.request, io, bytesIn, sessionId);
      if (!this.#isLeft(io))
        void this.#sink.send(resultResponse(id, io.encode(keptOutcome(outcome))));
      if (!this.#isLeft(io) && io.isListen) this.#endListen(id);
    } catch (error) {
      if (!this.#isLeft(io)) this.#fail(id, error);
    } finally {
      if (io !== undefined) this.#running.take(id);
    }
  }

  /** True when the client wants to hear no more of a request (basic/patterns/cancellation). */
  #isLeft(io: ModernIo | undefined): boolean {
    return this.#closed || io?.cancellation.reason === 'cancelled';
  }

  /** A stream that the gateway ends is ended by its result and by this notification as well. */
  #endListen(requestId: RequestId): void {
    void this.#sink.message(cancelledText(requestId));
  }

  async #toLegacy(frame: RequestFrame, bytesIn: number): Promise<void> {
    const { id } = frame;
    this.#running.set(id, 'legacy');
    const answer: AnswerSink = {
      message: (text) => this.#sink.message(text),
      result: (_, result) => {
        if (!this.#closed) void this.#sink.send(resultResponse(id, result));
      },
      error: (_, error) => {
        const isCut = error instanceof GatewayError && error.code === 'cancelled';
        if (!this.#closed) this.#fail(id, isCut ? new GatewayError('shutting_down') : error);
      },
      cancelled: () => {},
    };
    await this.#session().request(frame, answer, bytesIn);
    this.#running.take(id);
  }

  #session(): LegacyServerSession {
    if (this.#legacy !== undefined) return this.#legacy;
    const sessionId = this.#context.sessionId ?? this.#context.ids.next('ses');
    this.#legacy = new LegacyServerSession(
      sessionId,
      (request, io, bytesIn) => this.#handle(request, io, bytesIn, sessionId),
      this.#sink,
    );
    return this.#legacy;
  }

  async #handle(
    request: McpRequest,
    io: ExchangeIo,
    bytesIn: number,
    sessionId: string | null,
  ): Promise<McpOutcome> {
    const { gateway, endpoint } = this.#context;
    const startedAtMs = Date.now();
    const startedMonotonicMs = performance.now();
    const admitting = this.#context.admit();
    const principal = admitting instanceof Promise ? await admitting : admitting;
    return await handleInTime(gateway, {
      principal,
      endpoint,
      request,
      io,
      bytesIn,
      sessionId,
      headers: undefined,
      answer: undefined,
      startedAtMs,
      startedMonotonicMs,
    });
  }

  #fail(id: RequestId | null, error: unknown): void {
    void this.#sink.message(errorResponse(id, rpcErrorObject(this.#context, error)));
  }
}
