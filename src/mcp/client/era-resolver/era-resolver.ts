import { abortable, cancellable } from '../../../kernel/cancellable.ts';
import { Cancellation } from '../../../kernel/cancellation.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import type { Log } from '../../../kernel/log.ts';
import type { ExchangeIo, McpNotification, McpOutcome } from '../../message.ts';
import type { Caller } from '../caller.ts';
import type { ChangeFilter, ServerChange } from '../change-filter.ts';
import type { CallerRequest, DiscoveredServer, EraClient } from '../era-client.ts';
import { announcedLists, keepListening } from '../keep-listening.ts';
import type { Doubt, DoubtedVerdict, EraDecider, EraVerdict } from './era-decider.ts';

/** What the owner of a server wants to know, and how long findings are believed. */
export interface EraResolverOptions {
  /** A verdict that the server is legacy is checked again after this long; undefined = never. */
  readonly verdictMs: number | undefined;
  /** Told what the server reports of itself. */
  changed(change: ServerChange): void;
  /** Aborted when the server is needed no more. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** A verdict with its date. */
interface DatedVerdict extends EraVerdict {
  readonly sinceMs: number;
}

/** Whose requests keep a modern server's list changes coming. */
const nobody: Caller = { tenant: '', grantId: '' };

/**
 * An MCP server of either era: which one is found out on first use, and again when its answers or
 * the end of its connection cast doubt on it.
 */
export class EraResolver implements AsyncDisposable {
  readonly #decider: EraDecider;
  readonly #options: EraResolverOptions;
  readonly #closing = new Cancellation();
  /** Once there is one, a request waits for nothing but its answer. */
  #verdict: DatedVerdict | undefined;
  #deciding: Promise<DatedVerdict> | undefined;
  #doubted: DoubtedVerdict | undefined;
  #watch: Cancellation | undefined;

  constructor(decider: EraDecider, options: EraResolverOptions) {
    this.#decider = decider;
    this.#options = options;
    const dispose = (): void => void this[Symbol.asyncDispose]();
    options.signal.addEventListener('abort', dispose, { once: true });
  }

  /** Finds out what the server is. Throws GatewayError when it cannot be reached. */
  discover(signal: AbortSignal): Promise<DiscoveredServer> {
    return abortable(this.#discover(), signal);
  }

  /** Runs one request. Throws RpcError for the server's own error, GatewayError otherwise. */
  request(request: CallerRequest, io: ExchangeIo): Promise<McpOutcome> {
    const verdict = this.#verdict;
    if (verdict === undefined) return this.#requestFirst(request, io);
    return verdict.client
      .request(request, io)
      .catch((error: unknown) => this.#requestAgain(verdict, request, io, error));
  }

  /** Streams change notifications until the exchange, the stream or the connection ends. */
  async *listen(
    filter: ChangeFilter,
    caller: Caller,
    io: ExchangeIo,
  ): AsyncGenerator<McpNotification> {
    const { client } = this.#verdict ?? (await cancellable(this.#resolve(), io.cancellation));
    yield* client.listen(filter, caller, io);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.cancel('shutdown');
    this.#watch?.cancel('shutdown');
    await this.#verdict?.client[Symbol.asyncDispose]();
    await this.#decider.close();
  }

  async #requestFirst(request: CallerRequest, io: ExchangeIo): Promise<McpOutcome> {
    await cancellable(this.#resolve(), io.cancellation);
    return this.request(request, io);
  }

  /** Sends the request once more when its failure means that the server is not what it was. */
  async #requestAgain(
    verdict: DatedVerdict,
    request: CallerRequest,
    io: ExchangeIo,
    error: unknown,
  ): Promise<McpOutcome> {
    if (this.#doubt(verdict, error) !== 'repeat') throw error;
    const other = await cancellable(this.#resolve(), io.cancellation);
    if (other.transport === verdict.transport) throw error;
    try {
      return await other.client.request(request, io);
    } catch (second) {
      this.#doubt(other, second);
      throw second;
    }
  }

  async #discover(): Promise<DiscoveredServer> {
    this.#dropOldVerdict();
    const verdict = await this.#resolve();
    try {
      return await this.#describe(verdict.client);
    } catch (error) {
      if (this.#doubt(verdict, error) !== 'repeat') throw error;
    }
    const other = await this.#resolve();
    try {
      return await this.#describe(other.client);
    } catch (error) {
      this.#doubt(other, error);
      throw error;
    }
  }

  /** What the server says of itself; a modern one is listened to from then on. */
  async #describe(client: EraClient): Promise<DiscoveredServer> {
    const discovered = await client.discover();
    if (client.era === 'legacy' || this.#watch !== undefined) return discovered;
    const announced = announcedLists(discovered.capabilities);
    if (announced.length === 0 || this.#closing.reason !== undefined) return discovered;
    this.#watch = new Cancellation();
    const open = (filter: ChangeFilter, io: ExchangeIo): AsyncIterable<McpNotification> =>
      this.listen(filter, nobody, io);
    const changed = (change: ServerChange): void => {
      this.#verdict?.client.listsChanged();
      this.#options.changed(change);
    };
    void keepListening(open, announced, changed, this.#watch);
    return discovered;
  }

  /** A server that was updated from legacy to modern still answers the legacy way: ask again. */
  #dropOldVerdict(): void {
    const { verdictMs } = this.#options;
    const known = this.#verdict;
    if (verdictMs === undefined || known?.client.era !== 'legacy') return;
    if (Date.now() - known.sinceMs <= verdictMs) return;
    this.#doubted = undefined;
    this.#drop(known);
  }

  /** Judges an error, and drops the verdict when it is doubtful and has not been replaced yet. */
  #doubt(verdict: DatedVerdict, error: unknown): Doubt {
    const doubt = this.#decider.doubt(verdict, error);
    if (doubt !== 'none' && this.#verdict === verdict) {
      this.#doubted = { verdict, error };
      this.#drop(verdict);
    }
    return doubt;
  }

  #drop({ client }: DatedVerdict): void {
    this.#verdict = undefined;
    this.#watch?.cancel('cancelled');
    this.#watch = undefined;
    void client[Symbol.asyncDispose]();
  }

  /** The verdict, found out once however many want to know it. */
  #resolve(): Promise<DatedVerdict> {
    if (this.#closing.reason !== undefined) {
      return Promise.reject(new GatewayError('shutting_down'));
    }
    if (this.#verdict !== undefined) return Promise.resolve(this.#verdict);
    this.#deciding ??= this.#decide().finally(() => {
      this.#deciding = undefined;
    });
    return this.#deciding;
  }

  async #decide(): Promise<DatedVerdict> {
    const host = {
      closing: this.#closing,
      lost: (client: EraClient, error: GatewayError) => this.#lost(client, error),
    };
    const found = await this.#decider.decide(host, this.#doubted);
    if (this.#closing.reason !== undefined) {
      await found.client[Symbol.asyncDispose]();
      throw new GatewayError('shutting_down');
    }
    this.#options.log.info({ era: found.client.era }, 'found the era of a service');
    this.#verdict = { ...found, sinceMs: Date.now() };
    return this.#verdict;
  }

  #lost(client: EraClient, error: GatewayError): void {
    if (this.#verdict?.client === client) this.#verdict = undefined;
    this.#options.changed({ kind: 'lost', text: error.message });
  }
}
