import { GatewayError, RpcError } from '../../../../kernel/errors.ts';
import { InFlight } from '../../../../kernel/in-flight.ts';
import type { JsonBytes } from '../../../../kernel/json-bytes.ts';
import { objectMember, withoutMembers, type JsonObject } from '../../../../kernel/json.ts';
import { limits } from '../../../../kernel/limits.ts';
import { cancelError } from '../../../client/cancel-error.ts';
import { listenerCapabilities, type ChangeFilter } from '../../../client/change-filter.ts';
import { ChangeQueue } from '../../../client/change-queue.ts';
import { isLogWanted } from '../../../client/log-level.ts';
import { neutralError } from '../../../client/neutral-error.ts';
import type { ChannelReceiver, OpenChannel, PeerChannel } from '../../../client/peer-channel.ts';
import { readServerMessage } from '../../../client/server-message.ts';
import type { ExchangeIo, McpNotification, McpOutcome, McpRequest } from '../../../message.ts';
import { MODERN_VERSION, meta } from '../../../protocol.ts';
import { readDiscovered, type DiscoveredServer } from './discovered-server.ts';
import { neutralOutcome } from './neutral-outcome.ts';
import { cancelText, requestText, type RequestContent } from './request-text.ts';

interface Pending {
  result(result: JsonBytes): void;
  failed(error: unknown): void;
  notified?(message: McpNotification): void;
}

interface Call extends Pending {
  readonly callerKey: string;
  readonly logLevel: string | undefined;
  notified(message: McpNotification): void;
}

/** The gateway's own requests declare nothing: nobody can be asked. */
const ownClient = { capabilities: {} };

/**
 * A modern server on one shared channel (stdio): requests, progress, log messages and
 * subscriptions, told apart by their ids (2026-07-28 basic/transports/stdio).
 */
export class ModernPeer implements ChannelReceiver {
  readonly #pending = new InFlight<number, Pending>();
  readonly #calls = new InFlight<number, Call>();
  readonly #queues = new Map<number, ChangeQueue>();
  readonly #lost: (error: GatewayError) => void;
  readonly #version: string;
  #channel: PeerChannel | undefined;
  #closed: GatewayError | undefined;
  #lastId = 0;

  /** `lost` is called once when the channel dies on its own. */
  constructor(lost: (error: GatewayError) => void, version: string = MODERN_VERSION) {
    this.#lost = lost;
    this.#version = version;
  }

  /** Connects; called once before anything is sent. */
  async connect(open: OpenChannel): Promise<void> {
    this.#channel = await open(this);
    if (this.#closed !== undefined) throw this.#closed;
  }

  /** Asks the server what it is. */
  async discover(): Promise<DiscoveredServer> {
    const content = { method: 'server/discover', params: {}, client: ownClient };
    const result = await new Promise<JsonBytes>((resolve, reject) => {
      const id = this.#send({ ...content, wantsProgress: false }, (id) => {
        const timer = setTimeout(() => {
          this.#drop(id);
          reject(new GatewayError('upstream_timeout'));
        }, limits.sessionOpenMs);
        return {
          result: (bytes) => {
            clearTimeout(timer);
            resolve(bytes);
          },
          failed: (error) => {
            clearTimeout(timer);
            reject(error instanceof Error ? error : new GatewayError('upstream_failed'));
          },
        };
      });
      return id;
    });
    const server = readDiscovered(result.value);
    if (server === undefined) throw new GatewayError('upstream_failed');
    return server;
  }

  /** Runs one request. */
  request(request: McpRequest, callerKey: string, io: ExchangeIo): Promise<McpOutcome> {
    return new Promise((resolve, reject) => {
      let undo = (): void => {};
      const id = this.#send(request, (id) => {
        const over = (): void => {
          this.#calls.take(id);
          undo();
        };
        const call: Call = {
          callerKey,
          logLevel: request.logLevel,
          notified: notifier(io),
          result: (result) => {
            over();
            try {
              resolve(neutralOutcome(result, request));
            } catch (error) {
              reject(error instanceof Error ? error : new GatewayError('upstream_failed'));
            }
          },
          failed: (error) => {
            over();
            reject(shownError(error));
          },
        };
        this.#calls.set(id, call);
        return call;
      });
      undo = io.cancellation.onCancel((reason) => {
        this.#cancel(id, reason);
        this.#calls.take(id);
        reject(cancelError(reason));
      });
    });
  }

  /** Streams change notifications until the exchange ends or the server ends the stream. */
  async *listen(filter: ChangeFilter, io: ExchangeIo): AsyncGenerator<McpNotification> {
    const queue = new ChangeQueue();
    const content = { method: 'subscriptions/listen', params: { notifications: filter } };
    const client = { capabilities: listenerCapabilities(filter) };
    const request = { ...content, client, wantsProgress: false };
    const id = this.#send(request as unknown as RequestContent, (id) => {
      this.#queues.set(id, queue);
      return { result: () => queue.end(), failed: (error) => queue.fail(shownError(error)) };
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
        this.#take(message.id)?.result(message.result);
        return undefined;
      case 'error':
        this.#take(message.id)?.failed(message.error);
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

  closed(error: GatewayError): void {
    if (this.#closed !== undefined) return;
    this.#end(error);
    this.#lost(error);
  }

  #send(content: RequestContent, pendingOf: (id: number) => Pending): number {
    this.#lastId++;
    const id = this.#lastId;
    const pending = pendingOf(id);
    if (this.#closed !== undefined || this.#channel === undefined) {
      pending.failed(this.#closed ?? new GatewayError('upstream_unavailable'));
      return id;
    }
    this.#pending.set(id, pending);
    this.#channel.request(id, requestText(id, content, this.#version));
    return id;
  }

  #notified({ method, params }: McpNotification): void {
    const subscription = objectMember(params, '_meta')?.[meta.subscriptionId];
    if (subscription !== undefined) {
      if (method === 'notifications/subscriptions/acknowledged') return;
      this.#queues.get(Number(subscription))?.push({ method, params: withoutEnvelope(params) });
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
    if (this.#pending.has(id)) this.#channel?.post(cancelText(id, reason));
    this.#drop(id);
  }

  #drop(id: number): void {
    if (this.#pending.take(id) !== undefined) this.#channel?.abandon(id);
  }

  #take(id: string | number | undefined): Pending | undefined {
    if (typeof id !== 'number') return undefined;
    return this.#pending.take(id);
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

function shownError(error: unknown): Error {
  if (error instanceof RpcError) return neutralError(error);
  return error instanceof Error ? error : new GatewayError('upstream_failed');
}

function withoutEnvelope(params: JsonObject): JsonObject {
  const own = withoutMembers(objectMember(params, '_meta') ?? {}, [meta.subscriptionId]);
  const rest = withoutMembers(params, ['_meta']);
  return Object.keys(own).length === 0 ? rest : { ...rest, _meta: own };
}
