import { Cancellation } from '../../../kernel/cancellation.ts';
import { RpcError } from '../../../kernel/errors.ts';
import { objectMember, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { notificationText } from '../../wire/message-text.ts';
import type {
  ClientProfile,
  ExchangeIo,
  McpNotification,
  McpOutcome,
  McpRequest,
} from '../../message.ts';
import type { MessageSink } from '../message-sink.ts';
import { rpcCode } from '../../protocol.ts';

type Run = (request: McpRequest, io: ExchangeIo) => Promise<McpOutcome>;

/**
 * A legacy session's share of `subscriptions/listen`: all list changes, and the resources it
 * subscribed to, sent where the session takes messages that belong to no request.
 */
export class SessionListen {
  readonly #run: Run;
  readonly #sink: MessageSink;
  readonly #uris = new Set<string>();
  #current: Cancellation | undefined;
  /** Nobody could be told anything for a while: what changed meanwhile is not known. */
  #hasMissed = false;

  constructor(run: Run, sink: MessageSink) {
    this.#run = run;
    this.#sink = sink;
  }

  /** Begins to listen; does nothing when it does already. */
  start(client: ClientProfile): void {
    // A refusal (too many streams) leaves the client without announcements, and nothing broken.
    if (this.#current === undefined) this.#open(client).catch(() => {});
  }

  /** Adds a resource; resolves when its changes will be heard. */
  async subscribe(uri: string, client: ClientProfile): Promise<void> {
    if (this.#uris.size >= limits.listenUrisMax && !this.#uris.has(uri)) {
      const text = `A session may watch ${limits.listenUrisMax} resources at most.`;
      throw new RpcError(rpcCode.invalidParams, text);
    }
    this.#uris.add(uri);
    await this.#open(client);
  }

  /** Drops a resource: what still comes for it is not passed on. */
  unsubscribe(uri: string): void {
    this.#uris.delete(uri);
  }

  /** Nobody reads: the place among the streams of the caller is given back until `start`. */
  pause(): void {
    if (this.#current === undefined) return;
    this.#current.cancel('client_gone');
    this.#current = undefined;
    this.#hasMissed = true;
  }

  stop(): void {
    this.#current?.cancel('client_gone');
  }

  /** Opens a stream with the present filter and ends the one before once it is acknowledged. */
  #open(client: ClientProfile): Promise<void> {
    const before = this.#current;
    const cancellation = new Cancellation();
    this.#current = cancellation;
    const notifications = {
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: true,
      ...(this.#uris.size === 0 ? {} : { resourceSubscriptions: [...this.#uris] }),
    };
    return new Promise((resolve, reject) => {
      const acknowledged = (): void => {
        before?.cancel('cancelled');
        resolve();
      };
      const request = {
        method: 'subscriptions/listen',
        params: { notifications },
        client,
        wantsProgress: false,
      };
      this.#run(request, this.#io(cancellation, acknowledged)).then(
        acknowledged,
        (error: unknown) => {
          if (this.#current === cancellation) {
            this.#current = before?.reason === undefined ? before : undefined;
          }
          reject(error);
        },
      );
    });
  }

  /** Everything that is listened to may have changed while nobody did. */
  #tellAll(honoured: JsonObject | undefined): void {
    this.#hasMissed = false;
    for (const list of ['tools', 'prompts', 'resources']) {
      if (honoured?.[`${list}ListChanged`] !== true) continue;
      void this.#sink.message(notificationText(`notifications/${list}/list_changed`, {}));
    }
    for (const uri of this.#uris) {
      void this.#sink.message(notificationText('notifications/resources/updated', { uri }));
    }
  }

  #io(cancellation: Cancellation, acknowledged: () => void): ExchangeIo {
    const io = {
      cancellation,
      deadlineMs: Number.MAX_SAFE_INTEGER,
      notified: 0,
      notify: ({ method, params }: McpNotification): Promise<void> | undefined => {
        if (method === 'notifications/subscriptions/acknowledged') {
          acknowledged();
          if (this.#hasMissed) this.#tellAll(objectMember(params, 'notifications'));
          return undefined;
        }
        const { uri } = params;
        if (typeof uri === 'string' && !this.#uris.has(uri)) return undefined;
        io.notified++;
        return this.#sink.message(notificationText(method, params));
      },
    };
    return io;
  }
}
