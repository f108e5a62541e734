import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { callerKey } from '../../mcp/client/caller.ts';
import type { ExchangeIo, McpNotification, McpOutcome } from '../../mcp/message.ts';
import type {
  Discovery,
  ListenFilter,
  Upstream,
  UpstreamCaller,
  UpstreamRequest,
} from '../contract.ts';

/** How a caller's own upstream is opened. */
export interface CallerUpstreamsOptions {
  /** The service itself: what it lists is everybody's. */
  readonly own: UpstreamCaller;
  /** Opens an upstream that acts for this caller alone; `signal` ends it. */
  open(caller: UpstreamCaller, signal: AbortSignal): Promise<Upstream>;
  /** Aborted when the service is needed no more. */
  readonly signal: AbortSignal;
}

interface Entry {
  readonly account: string;
  readonly life: AbortController;
  readonly upstream: Promise<Upstream>;
  running: number;
  usedMs: number;
}

const SWEEP_MS = 60_000;

/**
 * One upstream for each caller and account: connections, sessions, eras and whatever else is kept
 * of a server are never shared by two users, by construction. What is idle is closed.
 */
export class CallerUpstreams implements Upstream {
  readonly #options: CallerUpstreamsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #sweeper: NodeJS.Timeout;
  #isClosed = false;

  constructor(options: CallerUpstreamsOptions) {
    this.#options = options;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#sweeper.unref();
    const dispose = (): void => void this[Symbol.asyncDispose]();
    options.signal.addEventListener('abort', dispose, { once: true });
  }

  async discover(signal: AbortSignal, caller = this.#options.own): Promise<Discovery> {
    return await this.#use(caller, (upstream) => upstream.discover(signal));
  }

  async request(request: UpstreamRequest, io: ExchangeIo): Promise<McpOutcome> {
    return await this.#use(request.caller, (upstream) => upstream.request(request, io));
  }

  async *listen(
    filter: ListenFilter,
    caller: UpstreamCaller,
    io: ExchangeIo,
  ): AsyncGenerator<McpNotification> {
    const entry = await this.#entryOf(caller);
    entry.running++;
    try {
      yield* (await entry.upstream).listen(filter, caller, io);
    } finally {
      entry.running--;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#sweeper);
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map((entry) => close(entry)));
  }

  async #use<Result>(
    caller: UpstreamCaller,
    work: (upstream: Upstream) => Promise<Result>,
  ): Promise<Result> {
    const entry = await this.#entryOf(caller);
    entry.running++;
    try {
      return await work(await entry.upstream);
    } finally {
      entry.running--;
      entry.usedMs = Date.now();
    }
  }

  async #entryOf(caller: UpstreamCaller): Promise<Entry> {
    const key = callerKey(caller);
    const account = await caller.account();
    if (this.#isClosed) throw new GatewayError('shutting_down');
    const known = this.#entries.get(key);
    if (known?.account === account) return known;
    // Another account, or none any more: nothing of the one before may serve it.
    if (known !== undefined) this.#drop(key, known);
    this.#makeRoom();
    const life = new AbortController();
    const isOwn = key === callerKey(this.#options.own);
    const upstream = this.#options.open(isOwn ? this.#options.own : caller, life.signal);
    const entry: Entry = { account, life, upstream, running: 0, usedMs: Date.now() };
    this.#entries.set(key, entry);
    upstream.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    return entry;
  }

  #makeRoom(): void {
    if (this.#entries.size < limits.callerUpstreamsMax) return;
    const idle = [...this.#entries].filter(([, { running }]) => running === 0);
    const [oldest] = idle.toSorted(([, one], [, two]) => one.usedMs - two.usedMs);
    if (oldest === undefined) {
      throw new GatewayError('too_many', 'Too many users of this service at once.');
    }
    this.#drop(...oldest);
  }

  #sweep(): void {
    const beforeMs = Date.now() - limits.callerUpstreamIdleMs;
    for (const [key, entry] of this.#entries) {
      if (entry.running === 0 && entry.usedMs < beforeMs) this.#drop(key, entry);
    }
  }

  #drop(key: string, entry: Entry): void {
    this.#entries.delete(key);
    void close(entry);
  }
}

async function close({ life, upstream }: Entry): Promise<void> {
  life.abort();
  await upstream.then((opened) => opened[Symbol.asyncDispose]()).catch(() => {});
}
