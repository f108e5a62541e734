import type { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { LegacySession, type AnswerSink } from '../../mcp/eras/legacy/server/legacy-session.ts';
import { claimsModern, decodeModernRequest } from '../../mcp/eras/modern/server/decode-request.ts';
import { ModernIo } from '../../mcp/eras/modern/server/modern-io.ts';
import {
  errorResponse,
  idOf,
  notificationText,
  readFrame,
  type Frame,
  type NotificationFrame,
  type RequestFrame,
  type RequestId,
} from '../../mcp/json-rpc.ts';
import type { ExchangeIo, McpOutcome, McpRequest } from '../../mcp/message.ts';
import type { MessageSink } from '../../mcp/message-sink.ts';
import { parseMessage } from '../../mcp/parse-message.ts';
import { resultResponse } from '../../mcp/result-response.ts';
import { rpcErrorObject, type ErrorContext } from '../../mcp/rpc-error-object.ts';
import type { Endpoint } from '../exchange.ts';
import type { Gateway } from '../gateway.ts';
import { handleInTime } from '../handle-in-time.ts';

/** What a conversation is made from. */
export interface ConversationContext extends ErrorContext {
  readonly gateway: Pick<Gateway, 'handle'>;
  readonly endpoint: Endpoint;
  /** The credential the connection was opened with; every request is authenticated by it anew. */
  readonly token: string | undefined;
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
  readonly #running = new Map<RequestId, ModernIo | 'legacy'>();
  #legacy: LegacySession | undefined;
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

  /** Takes one message that is parsed already: a request, notification or response, or a batch. */
  take(value: unknown, bytesIn: number): void {
    if (!Array.isArray(value)) {
      this.#takeOne(value, bytesIn);
      return;
    }
    if (value.length === 0 || value.length > limits.batchMessagesMax) {
      const text = `A batch must have 1 to ${limits.batchMessagesMax} messages.`;
      this.#fail(null, new GatewayError('invalid_request', text));
      return;
    }
    // Each message is answered for itself; the size is counted once.
    for (const [index, one] of value.entries()) {
      this.#takeOne(one, index === 0 ? bytesIn : 0, LegacySession.batches(this.#legacy));
    }
  }

  /** Refuses new requests; what runs may finish. */
  retire(): void {
    this.#retired = true;
  }

  /** Cuts what runs; the client is told why, if it is still there. */
  cutAll(): void {
    this.#retired = true;
    for (const one of this.#running.values()) if (one !== 'legacy') one.cancellation.cancel('shutdown');
    this.#legacy?.close();
  }

  /** The client is gone: everything it asked for is cancelled. */
  close(): void {
    this.#closed = true;
    for (const one of this.#running.values()) {
      if (one !== 'legacy') one.cancellation.cancel('client_gone');
    }
    this.#legacy?.close();
  }
}
