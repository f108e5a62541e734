import type { WebSocket } from 'ws';
import { Conversation, type ConversationContext } from '../../../gateway/calls/conversation.ts';
import { PacedWriter, type DuplexLine, type Pace } from '../../../gateway/calls/paced-writer.ts';
import type { Principal } from '../../../kernel/principal.ts';
import type { Connection, ConnectionEnd } from '../connections.ts';

/** Close codes (RFC 6455 §7.4.1). */
const closeCode: Readonly<Record<ConnectionEnd, number>> = {
  shutdown: 1001,
  idle: 1001,
  credential_ended: 1008,
  session_ended: 1001,
  replaced: 1001,
};
const UNSUPPORTED_DATA = 1003;

/** A client on a WebSocket: one message per text frame. */
export class SocketConnection implements Connection, DuplexLine {
  readonly principal: Principal;
  readonly admit: ConversationContext['admit'];
  readonly conversation: Conversation;
  heardAtMs = Date.now();
  readonly #socket: WebSocket;
  readonly #writer: PacedWriter;
  #isAlive = true;

  /** `closed` is called once, when the socket is gone whoever ended it. */
  constructor(
    socket: WebSocket,
    principal: Principal,
    context: ConversationContext,
    pace: Pace,
    closed: (connection: SocketConnection) => void,
  ) {
    this.principal = principal;
    this.admit = () => context.admit();
    this.#socket = socket;
    this.#writer = new PacedWriter(this, pace);
    this.conversation = new Conversation(context, this.#writer);
    socket.on('message', (data, isBinary) => this.#take(data as Buffer, isBinary));
    socket.on('pong', () => (this.#isAlive = true));
    // What the peer did wrong is told to it by the close code; there is nothing else to do.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#writer.close();
      this.conversation.close();
      closed(this);
    });
  }

  write(message: Buffer, taken: () => void): void {
    this.#socket.send(message, { binary: false }, taken);
  }

  queuedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  cut(): void {
    this.#socket.terminate();
  }

  ping(): boolean {
    if (!this.#isAlive) return false;
    this.#isAlive = false;
    this.#socket.ping();
    return true;
  }

  end(reason: ConnectionEnd): void {
    this.#socket.close(closeCode[reason], reason);
  }

  drop(): void {
    this.#socket.terminate();
  }

  #take(data: Buffer, isBinary: boolean): void {
    this.heardAtMs = Date.now();
    this.#isAlive = true;
    if (isBinary) this.#socket.close(UNSUPPORTED_DATA, 'messages are text frames');
    else this.conversation.receive(data);
  }
}
