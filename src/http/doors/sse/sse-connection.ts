import type { ServerResponse } from 'node:http';
import { Conversation, type ConversationContext } from '../../../gateway/calls/conversation.ts';
import { PacedWriter, type DuplexLine, type Pace } from '../../../gateway/calls/paced-writer.ts';
import type { Principal } from '../../../kernel/principal.ts';
import type { Connection, ConnectionEnd } from '../connections.ts';

const MESSAGE_HEAD = Buffer.from('event: message\ndata: ');
const EVENT_END = Buffer.from('\n\n');

/** A client whose messages come by POST and whose answers leave on one event stream. */
export class SseConnection implements Connection, DuplexLine {
  readonly principal: Principal;
  readonly admit: ConversationContext['admit'];
  readonly endpoint: ConversationContext['endpoint'];
  readonly conversation: Conversation;
  heardAtMs = Date.now();
  readonly #response: ServerResponse;
  readonly #writer: PacedWriter;
  #clogged = false;

  /** Begins the stream; `messagesUrl` is where the client is told to post. */
  constructor(
    response: ServerResponse,
    principal: Principal,
    context: ConversationContext,
    pace: Pace,
    messagesUrl: string,
  ) {
    this.principal = principal;
    this.admit = () => context.admit();
    this.endpoint = context.endpoint;
    this.#response = response;
    this.#writer = new PacedWriter(this, pace);
    this.conversation = new Conversation(context, this.#writer);
    response.writeHead(200, [
      'content-type',
      'text/event-stream',
      'cache-control',
      'no-cache, no-transform',
      'x-accel-buffering',
      'no',
    ]);
    response.write(`event: endpoint\ndata: ${messagesUrl}\n\n`);
    response.once('close', () => {
      this.#writer.close();
      this.conversation.close();
    });
  }

  /** True while the client leaves too much unread to be asked for more. */
  get clogged(): boolean {
    return this.#clogged;
  }

  /** Takes one message that the client posted. */
  take(value: unknown, bytesIn: number): void {
    this.heardAtMs = Date.now();
    this.conversation.take(value, bytesIn);
  }

  write(message: Buffer, taken: () => void): void {
    this.#response.write(Buffer.concat([MESSAGE_HEAD, message, EVENT_END]), taken);
  }

  queuedBytes(): number {
    return this.#response.writableLength;
  }

  pause(): void {
    this.#clogged = true;
  }

  resume(): void {
    this.#clogged = false;
  }

  cut(): void {
    this.#response.destroy();
  }

  /** A comment keeps the stream open through proxies; a lost client is noticed by TCP. */
  ping(): boolean {
    if (!this.#clogged) this.#response.write(':\r\n\r\n');
    return !this.#response.destroyed;
  }

  end(reason: ConnectionEnd): void {
    this.#writer.close();
    this.#response.end(`: ${reason}\n\n`);
  }

  drop(): void {
    this.#response.destroy();
  }
}
