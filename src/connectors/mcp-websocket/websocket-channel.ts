import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { ChannelReceiver, LiveChannel } from '../../mcp/client/peer-channel.ts';
import { takeLine } from '../../mcp/client/take-line.ts';
import type { EgressWebSocket } from '../../kernel/egress.ts';

/** One WebSocket as a channel: a message is a text frame. */
export class WebSocketChannel implements LiveChannel {
  readonly #socket: EgressWebSocket;
  readonly #receiver: ChannelReceiver;
  readonly #log: Log;
  readonly #ended: (channel: WebSocketChannel) => void;
  #isAlive = true;
  #isClosing = false;

  /** `ended` is called once, when the socket broke or the server closed it. */
  constructor(
    socket: EgressWebSocket,
    receiver: ChannelReceiver,
    log: Log,
    ended: (channel: WebSocketChannel) => void,
  ) {
    this.#socket = socket;
    this.#receiver = receiver;
    this.#log = log;
    this.#ended = ended;
    void this.#read();
  }

  get isAlive(): boolean {
    return this.#isAlive && !this.#isClosing;
  }

  request(id: number, json: string): void {
    if (this.#hasRoom) this.#socket.send(json);
    else this.#receiver.failed(id, new GatewayError('too_many', 'The service reads too slowly.'));
  }

  post(json: string): void {
    if (this.#hasRoom) this.#socket.send(json);
    else this.#log.warn({ bytes: json.length }, 'a message to a WebSocket service was dropped');
  }

  abandon(): void {}

  initialized(): void {}

  close(): Promise<void> {
    this.#isClosing = true;
    this.#socket.close();
    return Promise.resolve();
  }

  get #hasRoom(): boolean {
    return this.#socket.queuedBytes <= limits.connectionQueueBytesMax;
  }

  async #read(): Promise<void> {
    let error: GatewayError | undefined;
    try {
      for await (const message of this.#socket.messages()) this.#take(message);
    } catch (failure) {
      if (failure instanceof GatewayError) error = failure;
    }
    this.#isAlive = false;
    if (this.#isClosing) return;
    this.#ended(this);
    this.#receiver.closed(error ?? closedBy(this.#socket));
  }

  /** A client that reads slowly holds nothing up here: its call drops notifications instead. */
  #take(message: Buffer): void {
    const ignored = (failure: unknown): void => {
      const text = failure instanceof Error ? failure.message : '';
      const fields = { error: text, messageBytes: message.length };
      this.#log.warn(fields, 'ignored a message of a WebSocket service');
    };
    takeLine(this.#receiver, message, ignored);
  }
}

function closedBy({ closed }: EgressWebSocket): GatewayError {
  const { code, reason } = closed ?? { code: 0, reason: '' };
  const why = reason === '' ? `code ${code}` : `${code} ${reason.slice(0, 200)}`;
  return new GatewayError('upstream_failed', `The service closed the connection (${why}).`);
}
