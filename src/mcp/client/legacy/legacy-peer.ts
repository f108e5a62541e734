import { GatewayError, type RpcError } from '../../../kernel/errors.ts';
import { InFlight } from '../../../kernel/in-flight.ts';
import type { JsonBytes } from '../../../kernel/json-bytes.ts';
import { textWithDigits } from '../../../kernel/json-digits.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { messageStart } from '../../wire/message-start.ts';
import {
  readBatch,
  readServerMessage,
  type ServerCall,
  type ServerMessage,
} from '../../wire/server-message.ts';
import type { RequestId } from '../../json-rpc.ts';
import {
  errorResponse,
  notificationText,
  requestText,
  resultText,
} from '../../wire/message-text.ts';
import { isSafeMethod } from '../safe-methods.ts';
import type { ChannelReceiver, OpenChannel, PeerChannel } from '../peer-channel.ts';

const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;

/** Told once how a request ended. An upstream's own error is an RpcError. */
export interface ResponseHandler {
  result(result: JsonBytes): void;
  failed(error: unknown): void;
}

/** What the server says on its own. */
export interface PeerEvents {
  notified(
    message: ServerCall & { kind: 'notification' },
    origin?: number,
  ): Promise<void> | undefined;
  asked(message: ServerCall & { kind: 'request' }, origin?: number): void;
  forgotten(): void;
  closed(error: GatewayError): void;
}

/** JSON-RPC with one server over one channel: ids, pending requests, pings. */
export class LegacyPeer implements ChannelReceiver {
  readonly #events: PeerEvents;
  readonly #pending = new InFlight<number, ResponseHandler>();
  #channel: PeerChannel | undefined;
  #lastId = 0;
  #closed: GatewayError | undefined;

  constructor(events: PeerEvents) {
    this.#events = events;
  }

  /** Connects; called once before anything is sent. */
  async connect(open: OpenChannel): Promise<void> {
    const channel = await open(this);
    this.#channel = channel;
    if (this.#closed !== undefined) throw this.#closed;
  }

  /** False once the channel is gone. */
  get isOpen(): boolean {
    return this.#closed === undefined;
  }

  /** A fresh request id; progress tokens are request ids too. */
  nextId(): number {
    this.#lastId++;
    return this.#lastId;
  }

  /** Sends a request under an id from `nextId`. */
  send(id: number, method: string, params: JsonObject, handler: ResponseHandler): void {
    if (this.#closed !== undefined || this.#channel === undefined) {
      handler.failed(this.#closed ?? new GatewayError('upstream_unavailable'));
      return;
    }
    this.#pending.set(id, handler);
    const text = requestText(id, method, textWithDigits(params));
    this.#channel.request(id, text, isSafeMethod(method));
  }

  /** Sends one of the session's own requests and waits for it. */
  sendAndWait(method: string, params: JsonObject, timeoutMs: number): Promise<JsonBytes> {
    const id = this.nextId();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.forget(id);
        const seconds = timeoutMs / 1_000;
        const text = `The service did not answer ${method} within ${seconds} s.`;
        reject(new GatewayError('upstream_timeout', text));
      }, timeoutMs);
      const settled = (): void => clearTimeout(timer);
      this.send(id, method, params, {
        result: (result) => {
          settled();
          resolve(result);
        },
        failed: (error) => {
          settled();
          reject(error instanceof Error ? error : new GatewayError('upstream_failed'));
        },
      });
    });
  }

  notify(method: string, params: JsonObject): void {
    if (this.#closed === undefined) this.#channel?.post(notificationText(method, params));
  }

  /** Answers a request of the server. */
  answer(id: RequestId, result: JsonObject): void {
    this.#post(resultText(id, JSON.stringify(result)));
  }

  /** Refuses a request of the server. */
  refuse(id: RequestId, code: number, message: string): void {
    this.#post(errorResponse(id, { code, message }));
  }

  /** Stops waiting for a request and tells the server so. */
  cancel(id: number, reason: string): void {
    if (!this.#pending.has(id)) return;
    this.notify('notifications/cancelled', { requestId: id, reason });
    this.forget(id);
  }

  /** Stops waiting for a request. */
  forget(id: number): void {
    if (this.#pending.take(id) !== undefined) this.#channel?.abandon(id);
  }

  initialized(protocolVersion: string): void {
    this.#channel?.initialized(protocolVersion);
    this.notify('notifications/initialized', {});
  }

  async close(error: GatewayError): Promise<void> {
    this.#end(error);
    await this.#channel?.close();
  }

  received(bytes: Buffer, origin?: number): Promise<void> | undefined {
    const start = bytes[0] === OPEN_BRACE ? bytes : messageStart(bytes);
    if (start[0] === OPEN_BRACKET) return this.#batch(start, origin);
    return this.#one(readServerMessage(start), origin);
  }

  #one(message: ServerMessage, origin?: number): Promise<void> | undefined {
    switch (message.kind) {
      case 'result':
        this.#take(message.id)?.result(message.result);
        return undefined;
      case 'error':
        this.#error(message.id ?? origin, message.error);
        return undefined;
      case 'notification':
        return this.#events.notified(message, origin);
      case 'request':
        if (message.method === 'ping') this.answer(message.id, {});
        else this.#events.asked(message, origin);
        return undefined;
      default:
        throw new GatewayError('internal', message satisfies never);
    }
  }

  isPending(id: number): boolean {
    return this.#pending.has(id);
  }

  failed(id: number, error: unknown): void {
    this.#take(id)?.failed(error);
  }

  forgotten(): void {
    if (this.#closed === undefined) this.#events.forgotten();
  }

  closed(error: GatewayError): void {
    this.#end(error);
  }

  /** 2025-03-26 servers may put several messages into one array. */
  async #batch(bytes: Buffer, origin?: number): Promise<void> {
    for (const message of readBatch(bytes)) await this.#one(message, origin);
  }

  /** An error without an id can only mean the request whose stream it came on. */
  #error(id: RequestId | undefined, error: RpcError): void {
    if (id !== undefined) this.#take(id)?.failed(error);
  }

  #take(id: RequestId): ResponseHandler | undefined {
    if (typeof id !== 'number') return undefined;
    return this.#pending.take(id);
  }

  #post(json: string): void {
    if (this.#closed === undefined) this.#channel?.post(json);
  }

  #end(error: GatewayError): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    for (const handler of this.#pending.takeAll()) handler.failed(error);
    this.#events.closed(error);
  }
}
