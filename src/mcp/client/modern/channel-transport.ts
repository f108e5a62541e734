import { cancelError } from '../../../kernel/cancellation.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { InFlight } from '../../../kernel/in-flight.ts';
import { objectMember, withoutMembers } from '../../../kernel/json.ts';
import { ChangeQueue } from '../../change-queue.ts';
import { isLogWanted } from '../../log-level.ts';
import type { ExchangeIo, McpNotification } from '../../message.ts';
import type { RequestId } from '../../json-rpc.ts';
import { MODERN_VERSION, meta } from '../../protocol.ts';
import { readServerMessage, type ServerAnswer } from '../../wire/server-message.ts';
import { callerKey } from '../caller.ts';
import type { ChannelReceiver, OpenChannel, PeerChannel } from '../peer-channel.ts';
import { cancelText, modernRequestText, type RequestContent } from './modern-request-text.ts';
import type { ModernExchange, ModernRequest, ModernTransport } from './modern-transport.ts';
import { withoutSubscriptionId } from './without-subscription-id.ts';

/** Told once how a request ended. */
interface Pending {
  answered(answer: ServerAnswer): void;
  failed(error: unknown): void;
}

interface Call extends Pending {
  readonly callerKey: string;
  readonly logLevel: string | undefined;
  notified(message: McpNotification): void;
}

/**
 * One channel that all requests to a modern server share (stdio, WebSocket): answers, progress,
 * log messages and subscriptions are told apart by ids (2026-07-28 basic/transports/stdio).
 */
export class ChannelTransport implements ModernTransport<ServerAnswer>, ChannelReceiver {
  readonly version: string;
  readonly hasHeaders = false;
  readonly #pending = new InFlight<number, Pending>();
  readonly #calls = new InFlight<number, Call>();
  readonly #queues = new Map<number, ChangeQueue>();
  readonly #lost: (error: GatewayError) => void;
  #channel: PeerChannel | undefined;
  #closed: GatewayError | undefined;

  /** `lost` is called once when the channel dies on its own. */
  constructor(lost: (error: GatewayError) => void, version: string = MODERN_VERSION) {
    this.#lost = lost;
    this.version = version;
  }

  /** Connects; called once before anything is sent. */
  async connect(open: OpenChannel): Promise<void> {
    this.#channel = await open(this);
    if (this.#closed !== undefined) throw this.#closed;
  }

  send(id: number, request: ModernRequest, io: ExchangeIo): ModernExchange<ServerAnswer> {
    // Such a request has no answer before its stream ends.
    if (request.method === 'subscriptions/listen') throw new GatewayError('method_not_found');
    const arrival = new Promise<ServerAnswer>((resolve, reject) => {
      let undo = (): void => {};
      const over = (): void => {
        this.#calls.take(id);
        undo();
      };
      const call: Call = {
        callerKey: request.caller === undefined ? '' : callerKey(request.caller),
        logLevel: request.logLevel,
        notified: notifier(io),
        answered: (answer) => {
          over();
          resolve(answer);
        },
        failed: (error) => {
          over();
          reject(error instanceof Error ? error : new GatewayError('upstream_failed'));
        },
      };
      this.#calls.set(id, call);
      this.#request(id, request, call);
      undo = io.cancellation.onCancel((reason) => {
        this.#cancel(id, reason);
        this.#calls.take(id);
        reject(cancelError(reason));
      });
    });
    return { arrival, answer: (answer) => answer, release: undefined };
  }

  async *listen(
    id: number,
    request: RequestContent,
    io: ExchangeIo,
  ): AsyncGenerator<McpNotification> {
    const queue = new ChangeQueue();
    this.#queues.set(id, queue);
    this.#request(id, request, {
      answered: (answer) => {
        if (answer.kind === 'error') queue.fail(answer.error);
        else queue.end();
      },
      failed: (error) => queue.fail(error),
    });
    const undo = io.cancellation.onCancel(() => queue.end());
    try {
      yield* queue;
    } finally {
      undo();
      this.#queues.delete(id);
      this.#cancel(id, 'nobody listens any more');
    }
  }

  async close(error: GatewayError): Promise<void> {
    this.#end(error);
    await this.#channel?.close();
  }

  received(bytes: Buffer): Promise<void> | undefined {
    const message = readServerMessage(bytes);
    switch (message.kind) {
      case 'result':
      case 'error':
        this.#take(message.id)?.answered(message);
        return undefined;
      case 'notification':
        this.#notified(message);
        return undefined;
      case 'request':
        return undefined; // Not allowed on this wire; no answer is either.
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

  /** There are no sessions to forget. */
  forgotten(): void {}

  closed(error: GatewayError): void {
    if (this.#closed !== undefined) return;
    this.#end(error);
    this.#lost(error);
  }

  #request(id: number, content: RequestContent, pending: Pending): void {
    if (this.#closed !== undefined || this.#channel === undefined) {
      pending.failed(this.#closed ?? new GatewayError('upstream_unavailable'));
      return;
    }
    this.#pending.set(id, pending);
    this.#channel.request(id, modernRequestText(id, content, this.version));
  }

  #notified({ method, params }: McpNotification): void {
    const subscription = objectMember(params, '_meta')?.[meta.subscriptionId];
    if (subscription !== undefined) {
      if (method === 'notifications/subscriptions/acknowledged') return;
      const queue = this.#queues.get(Number(subscription));
      queue?.push({ method, params: withoutSubscriptionId(params) });
    } else if (method === 'notifications/progress') {
      const call = this.#calls.get(Number(params['progressToken']));
      call?.notified({ method, params: withoutMembers(params, ['progressToken']) });
    } else if (method === 'notifications/message') {
      this.#log({ method, params });
    } else if (method === 'notifications/cancelled') {
      this.#queues.get(Number(params['requestId']))?.end();
    }
  }

  /** Log messages do not say whose they are: they are shown while only one caller asks for any. */
  #log(message: McpNotification): void {
    const calls = [...this.#calls.values()].filter((call) => call.logLevel !== undefined);
    if (calls.some((call) => call.callerKey !== calls[0]?.callerKey)) return;
    for (const call of calls) {
      if (isLogWanted(message.params['level'], call.logLevel)) call.notified(message);
    }
  }

  #cancel(id: number, reason: string): void {
    if (!this.#pending.has(id)) return;
    this.#channel?.post(cancelText(id, reason));
    this.#pending.take(id);
    this.#channel?.abandon(id);
  }

  #take(id: RequestId | undefined): Pending | undefined {
    return typeof id === 'number' ? this.#pending.take(id) : undefined;
  }

  #end(error: GatewayError): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    for (const one of this.#pending.takeAll()) one.failed(error);
  }
}

/** Hands notifications on; a client that is still busy with the last one misses this one. */
function notifier(io: ExchangeIo): (message: McpNotification) => void {
  let isBusy = false;
  return (message) => {
    if (isBusy) return;
    const sent = io.notify(message);
    if (sent === undefined) return;
    isBusy = true;
    const done = (): void => {
      isBusy = false;
    };
    sent.then(done, done);
  };
}
