import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { Cancellation } from '../../kernel/cancellation.ts';
import { cancellable } from '../../mcp/client/cancellable.ts';
import { announcedLists, keepListening } from '../../mcp/client/keep-listening.ts';
import type { ChannelReceiver, PeerChannel } from '../../mcp/client/peer-channel.ts';
import { LegacyClient } from '../../mcp/eras/legacy/client/legacy-client.ts';
import { SessionRefused } from '../../mcp/eras/legacy/client/session-refused.ts';
import { ModernPeer } from '../../mcp/eras/modern/client/modern-peer.ts';
import type { ExchangeIo, McpNotification, McpOutcome } from '../../mcp/message.ts';
import { MODERN_VERSION } from '../../mcp/protocol.ts';
import type {
  ConnectorContext,
  Discovery,
  ListenFilter,
  Upstream,
  UpstreamCaller,
  UpstreamRequest,
} from '../../upstream/contract.ts';
import { EraProbe } from './probe-era.ts';
import type { StdioChannel } from './stdio-channel.ts';
import type { StdioConfig } from './stdio-config.ts';
import type { StdioLauncher } from './stdio-launcher.ts';

/** The child or children as their era has them. */
type Server =
  | { readonly era: 'modern'; readonly peer: ModernPeer }
  | { readonly era: 'legacy'; readonly client: LegacyClient };

/** A child that the probe has questioned and that a peer may take over. */
interface Spare {
  readonly channel: StdioChannel;
  readonly probe: EraProbe;
}

/** A stdio server of either era as an upstream: started on first use, and again when it died. */
export class StdioUpstream implements Upstream {
  readonly #config: StdioConfig;
  readonly #context: ConnectorContext;
  readonly #launcher: StdioLauncher;
  readonly #probeMs: number;
  readonly #closing = new Cancellation();
  /** Everything that holds calls; closed with the upstream. */
  readonly #opened = new Set<Server>();
  #server: Server | undefined;
  #deciding: Promise<Server> | undefined;
  #watching = false;

  constructor(
    config: StdioConfig,
    context: ConnectorContext,
    launcher: StdioLauncher,
    probeMs: number,
  ) {
    this.#probeMs = probeMs;
    this.#config = config;
    this.#context = context;
    this.#launcher = launcher;
    context.signal.addEventListener('abort', () => void this[Symbol.asyncDispose](), {
      once: true,
    });
  }

  async discover(signal: AbortSignal): Promise<Discovery> {
    const cancellation = new Cancellation();
    const cancel = (): void => cancellation.cancel('cancelled');
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await cancellable(this.#discover(), cancellation);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  async request(request: UpstreamRequest, io: ExchangeIo): Promise<McpOutcome> {
    const server = this.#server ?? (await cancellable(this.#resolve(), io.cancellation));
    if (server.era === 'legacy') return this.#legacy(server, server.client.request(request, io));
    if (request.method === 'subscriptions/listen') throw new GatewayError('method_not_found');
    const { tenant, credentialId } = request.caller;
    return server.peer.request(request, `${tenant}\n${credentialId}`, io);
  }

  async *listen(
    filter: ListenFilter,
    caller: UpstreamCaller,
    io: ExchangeIo,
  ): AsyncGenerator<McpNotification> {
    const server = this.#server ?? (await cancellable(this.#resolve(), io.cancellation));
    if (server.era === 'legacy') yield* server.client.listen(filter, caller, io);
    else yield* server.peer.listen(filter, io);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.cancel('shutdown');
    await Promise.all([...this.#opened].map((server) => this.#close(server)));
    await this.#launcher.close();
  }

  async #close(server: Server): Promise<void> {
    this.#opened.delete(server);
    if (server.era === 'legacy') await server.client[Symbol.asyncDispose]();
    else await server.peer.close(new GatewayError('shutting_down'));
  }

  async #discover(): Promise<Discovery> {
    const server = await this.#resolve();
    if (server.era === 'legacy') return this.#legacy(server, server.client.discover());
    const discovered = await server.peer.discover();
    const announced = announcedLists(discovered.capabilities);
    if (!this.#watching && announced.length > 0) {
      this.#watching = true;
      const open = (filter: ListenFilter, io: ExchangeIo): AsyncIterable<McpNotification> =>
        this.listen(filter, { tenant: '', credentialId: '' }, io);
      void keepListening(open, announced, (one) => this.#context.changed(one), this.#closing);
    }
    return discovered;
  }

  /** A server that refuses legacy sessions is asked for its era again on the next use. */
  async #legacy<T>(server: Server & { era: 'legacy' }, work: Promise<T>): Promise<T> {
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
    const { era } = this.#config;
    if (era === 'legacy') return this.#legacyServer(undefined);
    if (era === 'modern') return this.#modernServer(MODERN_VERSION, undefined);
    const probe = new EraProbe();
    const channel = await this.#launcher.launch(probe);
    const found = await probe.ask(channel, this.#closing, this.#probeMs);
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

  #legacyServer(spare: Spare | undefined): Server & { era: 'legacy' } {
    let unused = spare;
    const open = async (receiver: ChannelReceiver): Promise<PeerChannel> => {
      const ready = unused;
      unused = undefined;
      if (ready?.channel.isAlive === true) return take(ready, receiver);
      return this.#launcher.launch(receiver);
    };
    const client = new LegacyClient(
      { open, shared: true, sessionsMax: limits.profilesPerUpstreamMax, idleMs: undefined },
      { changed: (change) => this.#context.changed(change) },
    );
    const server = { era: 'legacy', client } as const;
    this.#opened.add(server);
    return server;
  }

  async #modernServer(version: string, spare: Spare | undefined): Promise<Server> {
    const peer = new ModernPeer((error) => {
      this.#opened.delete(server);
      if (this.#server === server) this.#server = undefined;
      this.#context.changed({ kind: 'lost', text: error.message });
    }, version);
    const server = { era: 'modern', peer } as const;
    this.#opened.add(server);
    try {
      await peer.connect((receiver) =>
        spare === undefined
          ? this.#launcher.launch(receiver)
          : Promise.resolve(take(spare, receiver)),
      );
    } catch (error) {
      this.#opened.delete(server);
      throw error;
    }
    return server;
  }
}

/** The questioned child as the channel of a peer. */
function take({ channel, probe }: Spare, receiver: ChannelReceiver): PeerChannel {
  probe.handTo(receiver);
  return channel;
}
