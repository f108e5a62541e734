import { Cancellation } from '../kernel/cancellation.ts';
import { stringMember } from '../kernel/json.ts';
import type { McpNotification } from '../mcp/message.ts';
import type { ListenFilter, ListKind, Upstream, UpstreamCaller } from '../upstream/contract.ts';
import { listKinds } from '../upstream/upstream.ts';

/** What a watch reports to. */
export interface WatchEvents {
  lists(lists: readonly ListKind[]): void;
  resource(uri: string): void;
}

/** One reader's interest in some URIs. */
export interface Watch {
  /** Resolves when the upstream was told (or told nothing new), never rejects. */
  readonly ready: Promise<void>;
  end(): void;
}

const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;
/** An upstream stream that says nothing after this is taken to be open. */
const OPEN_MS = 500;

/** The one upstream listen stream of a service, shared by everybody who watches it. */
export class UpstreamWatch implements Disposable {
  readonly #upstream: Upstream;
  readonly #caller: UpstreamCaller;
  readonly #events: WatchEvents;
  readonly #uris = new Map<string, number>();
  #stream: Cancellation | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = RETRY_FIRST_MS;
  #disposed = false;

  constructor(upstream: Upstream, caller: UpstreamCaller, events: WatchEvents) {
    this.#upstream = upstream;
    this.#caller = caller;
    this.#events = events;
  }

  /** Opens the stream for list changes. */
  open(): void {
    void this.#reopen();
  }

  /** Adds URIs; the stream is opened anew when one of them was not watched before. */
  watch(uris: readonly string[]): Watch {
    const before = this.#uris.size;
    for (const uri of uris) this.#uris.set(uri, (this.#uris.get(uri) ?? 0) + 1);
    const ready = this.#uris.size > before ? this.#reopen() : Promise.resolve();
    let ended = false;
    return {
      ready,
      end: () => {
        if (ended) return;
        ended = true;
        for (const uri of uris) this.#unwatch(uri);
      },
    };
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    clearTimeout(this.#retry);
    this.#stream?.cancel('shutdown');
  }

  #unwatch(uri: string): void {
    const count = (this.#uris.get(uri) ?? 1) - 1;
    // A URI that nobody watches any more is dropped when the stream is next opened.
    if (count === 0) this.#uris.delete(uri);
    else this.#uris.set(uri, count);
  }

  #reopen(): Promise<void> {
    if (this.#disposed) return Promise.resolve();
    clearTimeout(this.#retry);
    const before = this.#stream;
    const stream = new Cancellation();
    this.#stream = stream;
    return new Promise((opened) => {
      const timer = setTimeout(opened, OPEN_MS);
      timer.unref();
      void this.#read(stream, () => {
        clearTimeout(timer);
        opened();
        before?.cancel('cancelled');
      }).finally(() => {
        before?.cancel('cancelled');
        opened();
      });
    });
  }

  async #read(stream: Cancellation, opened: () => void): Promise<void> {
    const filter: ListenFilter = {
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: true,
      ...(this.#uris.size === 0 ? {} : { resourceSubscriptions: [...this.#uris.keys()] }),
    };
    const io = {
      cancellation: stream,
      deadlineMs: Number.MAX_SAFE_INTEGER,
      notified: 0,
      notify: () => undefined,
    };
    try {
      for await (const notification of this.#upstream.listen(filter, this.#caller, io)) {
        this.#retryMs = RETRY_FIRST_MS;
        opened();
        this.#take(notification);
      }
    } catch {
      // The stream's loss is repaired below; the service's own health is judged by its calls.
    }
    if (this.#disposed || stream !== this.#stream || stream.reason !== undefined) return;
    this.#retry = setTimeout(
      () => void this.#afterLoss(),
      this.#retryMs * (0.75 + Math.random() / 2),
    );
    this.#retry.unref();
    this.#retryMs = Math.min(RETRY_MAX_MS, this.#retryMs * 2);
  }

  /** What was announced while nobody listened is lost, so everything may have changed. */
  async #afterLoss(): Promise<void> {
    await this.#reopen();
    this.#events.lists(listKinds);
    for (const uri of this.#uris.keys()) this.#events.resource(uri);
  }

  #take({ method, params }: McpNotification): void {
    const list = /^notifications\/(tools|prompts|resources)\/list_changed$/.exec(method)?.[1];
    if (list !== undefined) this.#events.lists([list as ListKind]);
    const uri = stringMember(params, 'uri');
    if (method === 'notifications/resources/updated' && uri !== undefined) {
      this.#events.resource(uri);
    }
  }
}
