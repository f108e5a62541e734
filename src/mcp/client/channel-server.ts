import { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { LegacyClient, type LegacyCaller } from '../eras/legacy/client/legacy-client.ts';
import type { LegacyTransport } from '../eras/legacy/client/legacy-transport.ts';
import type { ModernFacts } from '../eras/legacy/client/modern-facts.ts';
import { SessionRefused } from '../eras/legacy/client/session-refused.ts';
import type { DiscoveredServer } from '../eras/modern/client/discovered-server.ts';
import { ModernPeer } from '../eras/modern/client/modern-peer.ts';
import type { ExchangeIo, McpNotification, McpOutcome, McpRequest } from '../message.ts';
import { MODERN_VERSION } from '../protocol.ts';
import { abortable } from './abortable.ts';
import { cancellable } from './cancellable.ts';
import type { ChangeFilter, ServerChange } from './change-filter.ts';
import { EraProbe } from './era-probe.ts';
import { announcedLists, keepListening } from './keep-listening.ts';
import type { ChannelReceiver, LiveChannel, PeerChannel } from './peer-channel.ts';

/** How a server behind channels is reached, and what its owner wants to know. */
export interface ChannelServerOptions {
  /** Which protocol era is spoken; `auto` asks the server. */
  readonly era: 'auto' | 'modern' | 'legacy';
  /** How long a server may take to say what it is before it is asked the legacy way too. */
  readonly probeMs: number;
  /** A verdict that the server is legacy is checked again after this long; undefined = never. */
  readonly verdictMs: number | undefined;
  /** Opens a channel. Throws GatewayError when that cannot be done now. */
  launch(receiver: ChannelReceiver): Promise<LiveChannel>;
  /** How legacy sessions use channels. */
  readonly legacy: Omit<LegacyTransport, 'open'>;
  /** Told what the server reports of itself. */
  changed(change: ServerChange): void;
  /** Ends every channel and opens no more. */
  close(): Promise<void>;
  /** Aborted when the server is needed no more. */
  readonly signal: AbortSignal;
}

/** The connections as their era has them; `sinceMs` dates the verdict. */
type Server =
  | { readonly era: 'modern'; readonly peer: ModernPeer; readonly sinceMs: number }
  | { readonly era: 'legacy'; readonly client: LegacyClient; readonly sinceMs: number };

type LegacyServer = Extract<Server, { era: 'legacy' }>;

/** A channel that the probe has questioned and that a peer may take over. */
interface Spare {
  readonly channel: LiveChannel;
  readonly probe: EraProbe;
}

/** Whose requests keep a modern server's list changes coming. */
const nobody: LegacyCaller = { tenant: '', credentialId: '' };

/**
 * An MCP server of either era behind channels that carry messages both ways (stdio, WebSocket):
 * reached on first use, asked for its era, and reached again after its channel ended.
 */
export class ChannelServer implements AsyncDisposable {
  readonly #options: ChannelServerOptions;
  readonly #closing = new Cancellation();
  /** Everything that holds calls; closed with the server. */
  readonly #opened = new Set<Server>();
  #server: Server | undefined;
  #deciding: Promise<Server> | undefined;
  #watching = false;

  constructor(options: ChannelServerOptions) {
    this.#options = options;
    const dispose = (): void => void this[Symbol.asyncDispose]();
    options.signal.addEventListener('abort', dispose, { once: true });
  }

  /** Finds out what the server is. Throws GatewayError when it cannot be reached. */
  discover(signal: AbortSignal): Promise<DiscoveredServer | ModernFacts> {
    return abortable(this.#discover(), signal);
  }

  /** Runs one request. Throws RpcError for the server's own error, GatewayError otherwise. */
  async request(
    request: McpRequest & { readonly caller: LegacyCaller },
    io: ExchangeIo,
  ): Promise<McpOutcome> {
    const server = this.#server ?? (await cancellable(this.#resolve(), io.cancellation));
    if (server.era === 'legacy') return this.#legacy(server, server.client.request(request, io));
    if (request.method === 'subscriptions/listen') throw new GatewayError('method_not_found');
    const { tenant, credentialId } = request.caller;
    return server.peer.request(request, `${tenant}\n${credentialId}`, io);
  }

  /** Streams change notifications until the exchange or the connection ends. */
  async *listen(
    filter: ChangeFilter,
    caller: LegacyCaller,
    io: ExchangeIo,
  ): AsyncGenerator<McpNotification> {
    const server = this.#server ?? (await cancellable(this.#resolve(), io.cancellation));
    if (server.era === 'legacy') yield* server.client.listen(filter, caller, io);
    else yield* server.peer.listen(filter, io);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.cancel('shutdown');
    await Promise.all([...this.#opened].map((server) => this.#close(server)));
    await this.#options.close();
  }

  async #close(server: Server): Promise<void> {
    this.#opened.delete(server);
    if (server.era === 'legacy') await server.client[Symbol.asyncDispose]();
    else await server.peer.close(new GatewayError('shutting_down'));
  }

  async #discover(): Promise<DiscoveredServer | ModernFacts> {
    this.#dropOldVerdict();
    const server = await this.#resolve();
    if (server.era === 'legacy') return this.#legacy(server, server.client.discover());
    const discovered = await server.peer.discover();
    const announced = announcedLists(discovered.capabilities);
    if (!this.#watching && announced.length > 0) {
      this.#watching = true;
      const open = (filter: ChangeFilter, io: ExchangeIo): AsyncIterable<McpNotification> =>
        this.listen(filter, nobody, io);
      const { changed } = this.#options;
      void keepListening(open, announced, (one) => changed(one), this.#closing);
    }
    return discovered;
  }

  /** A server that was updated from legacy to modern still answers the legacy way: ask again. */
  #dropOldVerdict(): void {
    const { verdictMs } = this.#options;
    const known = this.#server;
    if (verdictMs === undefined || known?.era !== 'legacy') return;
    if (Date.now() - known.sinceMs <= verdictMs) return;
    this.#server = undefined;
    void this.#close(known);
  }

  /** A server that refuses legacy sessions is asked for its era again on the next use. */
  async #legacy<T>(server: LegacyServer, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof SessionRefused && this.#server === server) {
        this.#server = undefined;
        void this.#close(server);
      }
      throw error;
    }
  }

  #resolve(): Promise<Server> {
    if (this.#closing.reason !== undefined) {
      return Promise.reject(new GatewayError('shutting_down'));
    }
    if (this.#server !== undefined) return Promise.resolve(this.#server);
    this.#deciding ??= this.#decide()
      .then((server) => {
        this.#server = server;
        return server;
      })
      .finally(() => {
        this.#deciding = undefined;
      });
    return this.#deciding;
  }

  async #decide(): Promise<Server> {
    const { era, launch, probeMs } = this.#options;
    if (era === 'legacy') return this.#legacyServer(undefined);
    if (era === 'modern') return this.#modernServer(MODERN_VERSION, undefined);
    const probe = new EraProbe();
    const channel = await launch(probe);
    const found = await probe.ask(channel, this.#closing, probeMs);
    switch (found.era) {
      case 'modern':
        return this.#modernServer(MODERN_VERSION, { channel, probe });
      case 'modern-other':
        return this.#modernServer(found.protocolVersion, { channel, probe });
      case 'legacy':
        return this.#legacyServer({ channel, probe });
      case 'legacy-fragile':
        return this.#legacyServer(undefined);
      case 'silent':
        return this.#whicheverAnswers({ channel, probe });
      default:
        throw new GatewayError('internal', found satisfies never);
    }
  }

  /** A silent server is asked the legacy way too; what it answers first decides. */
  async #whicheverAnswers(spare: Spare): Promise<Server> {
    const legacy = this.#legacyServer(spare);
    const opened = legacy.client.discover().then(
      () => 'legacy' as const,
      (error: unknown) => {
        // It started slowly and died of the probe's question, not of the session.
        if (spare.probe.isUnanswered && !spare.channel.isAlive) return 'legacy-fragile' as const;
        throw error;
      },
    );
    const answered = spare.probe.late.then(({ era }) => (era === 'legacy' ? opened : era));
    try {
      const found = await Promise.race([opened, answered]);
      if (found === 'legacy') return legacy;
      opened.catch(() => {});
      await this.#close(legacy);
      if (found === 'legacy-fragile') return this.#legacyServer(undefined);
    } catch (error) {
      await this.#close(legacy);
      throw error;
    }
    return this.#modernServer(MODERN_VERSION, undefined);
  }

  #legacyServer(spare: Spare | undefined): LegacyServer {
    let unused = spare;
    const open = async (receiver: ChannelReceiver): Promise<PeerChannel> => {
      const ready = unused;
      unused = undefined;
      if (ready?.channel.isAlive === true) return take(ready, receiver);
      return this.#options.launch(receiver);
    };
    const { changed, legacy } = this.#options;
    const client = new LegacyClient({ open, ...legacy }, { changed: (change) => changed(change) });
    const server = { era: 'legacy', client, sinceMs: Date.now() } as const;
    this.#opened.add(server);
    return server;
  }

  async #modernServer(version: string, spare: Spare | undefined): Promise<Server> {
    const peer = new ModernPeer((error) => {
      this.#opened.delete(server);
      if (this.#server === server) this.#server = undefined;
      this.#options.changed({ kind: 'lost', text: error.message });
    }, version);
    const server = { era: 'modern', peer, sinceMs: Date.now() } as const;
    this.#opened.add(server);
    try {
      await peer.connect((receiver) =>
        spare === undefined
          ? this.#options.launch(receiver)
          : Promise.resolve(take(spare, receiver)),
      );
    } catch (error) {
      this.#opened.delete(server);
      throw error;
    }
    return server;
  }
}

/** The questioned channel as the channel of a peer. */
function take({ channel, probe }: Spare, receiver: ChannelReceiver): PeerChannel {
  probe.handTo(receiver);
  return channel;
}
