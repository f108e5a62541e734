import { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { abortable } from '../../mcp/client/abortable.ts';
import { cancellable } from '../../mcp/client/cancellable.ts';
import { announcedLists, keepListening } from '../../mcp/client/keep-listening.ts';
import { LegacyClient } from '../../mcp/eras/legacy/client/legacy-client.ts';
import { SessionRefused } from '../../mcp/eras/legacy/client/session-refused.ts';
import type { ExchangeIo, McpNotification, McpOutcome } from '../../mcp/message.ts';
import { MODERN_VERSION } from '../../mcp/protocol.ts';
import type {
  ConnectorContext,
  Discovery,
  ListenFilter,
  Upstream,
  UpstreamCaller,
  UpstreamChange,
  UpstreamRequest,
} from '../../upstream/contract.ts';
import type { Endpoint } from './endpoint.ts';
import { EraMismatch } from './era-mismatch.ts';
import type { HttpConfig } from './http-config.ts';
import { LegacyHttpChannel } from './legacy-http-channel.ts';
import { LegacySseChannel } from './legacy-sse-channel.ts';
import { ModernHttpClient } from './modern-http-client.ts';

/** The server as its era has it; `sinceMs` dates the verdict. */
type Server =
  | { readonly era: 'modern'; readonly client: ModernHttpClient; readonly sinceMs: number }
  | {
      readonly era: 'legacy';
      readonly client: LegacyClient;
      readonly sinceMs: number;
      readonly transport: LegacyWire;
    };

/** Streamable HTTP, or the two endpoints of 2024-11-05. */
type LegacyWire = 'streamable' | 'sse';

/** With these, a server that has no streamable HTTP refuses to be posted to. */
const notPostable: readonly (number | undefined)[] = [400, 404, 405];

/** An MCP server of either era over HTTP as an upstream; its era is found out on first use. */
export class HttpUpstream implements Upstream {
  readonly #config: HttpConfig;
  readonly #endpoint: Endpoint;
  readonly #context: ConnectorContext;
  readonly #closing = new Cancellation();
  /** The verdict, once there is one: the hot path awaits nothing. */
  #server: Server | undefined;
  #deciding: Promise<Server> | undefined;
  #watch: Cancellation | undefined;
  #wire: LegacyWire = 'streamable';

  constructor(config: HttpConfig, endpoint: Endpoint, context: ConnectorContext) {
    this.#config = config;
    this.#endpoint = endpoint;
    this.#context = context;
    const dispose = (): void => void this[Symbol.asyncDispose]();
    context.signal.addEventListener('abort', dispose, { once: true });
  }

  discover(signal: AbortSignal): Promise<Discovery> {
    return abortable(this.#discover(), signal);
  }

  request(request: UpstreamRequest, io: ExchangeIo): Promise<McpOutcome> {
    const server = this.#server;
    if (server === undefined) return this.#requestFirst(request, io);
    return this.#send(server, request, io).catch((error: unknown) =>
      this.#requestAgain(server, request, io, error),
    );
  }

  async *listen(
    filter: ListenFilter,
    caller: UpstreamCaller,
    io: ExchangeIo,
  ): AsyncGenerator<McpNotification> {
    const server = this.#server ?? (await cancellable(this.#decide(), io.cancellation));
    if (server.era === 'legacy') yield* server.client.listen(filter, caller, io);
    else yield* server.client.listen(filter, io);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.cancel('shutdown');
    this.#watch?.cancel('shutdown');
    const server = this.#server ?? (await this.#deciding?.catch(() => undefined));
    if (server?.era === 'legacy') await server.client[Symbol.asyncDispose]();
  }

  async #requestFirst(request: UpstreamRequest, io: ExchangeIo): Promise<McpOutcome> {
    await cancellable(this.#decide(), io.cancellation);
    return this.request(request, io);
  }

  /** Sends the request once more when its failure means that the server's era changed. */
  async #requestAgain(
    server: Server,
    request: UpstreamRequest,
    io: ExchangeIo,
    error: unknown,
  ): Promise<McpOutcome> {
    if (!this.#isDoubted(server, error)) throw error;
    // Such an answer means that the server did not take the request: it may be sent again.
    const other = await cancellable(this.#decide(), io.cancellation);
    if (isSame(other, server)) throw error;
    try {
      return await this.#send(other, request, io);
    } catch (second) {
      this.#isDoubted(other, second);
      throw second;
    }
  }

  #send(server: Server, request: UpstreamRequest, io: ExchangeIo): Promise<McpOutcome> {
    return server.era === 'modern'
      ? server.client.request(request, io)
      : server.client.request(request, io);
  }

  async #discover(): Promise<Discovery> {
    const known = this.#server;
    // A server that was updated from legacy to modern still answers the legacy way: ask again.
    if (known?.era === 'legacy' && Date.now() - known.sinceMs > limits.eraVerdictMs) {
      this.#forget(known);
      this.#wire = 'streamable';
    }
    const server = this.#server ?? (await this.#decide());
    try {
      return await this.#describe(server);
    } catch (error) {
      if (!this.#isDoubted(server, error)) throw error;
    }
    const other = await this.#decide();
    try {
      return await this.#describe(other);
    } catch (error) {
      this.#isDoubted(other, error);
      throw error;
    }
  }

  async #describe(server: Server): Promise<Discovery> {
    if (server.era === 'legacy') return server.client.discover();
    const discovered = await server.client.discover();
    const announced = announcedLists(discovered.capabilities);
    if (this.#watch === undefined && announced.length > 0) {
      this.#watch = new Cancellation();
      const { client } = server;
      void keepListening(
        (filter, io) => client.listen(filter, io),
        announced,
        (change) => this.#changed(change),
        this.#watch,
      );
    }
    return discovered;
  }

  #changed(change: UpstreamChange): void {
    if (this.#server?.era === 'modern') this.#server.client.toolsChanged();
    this.#context.changed(change);
  }

  /** True when the error says that the era may have changed; the verdict is dropped then. */
  #isDoubted(server: Server, error: unknown): boolean {
    const isEraError = error instanceof EraMismatch || error instanceof SessionRefused;
    if (!isEraError) return false;
    const isWire = server.era === 'legacy' && error instanceof SessionRefused;
    const isStreamable = isWire && server.transport === 'streamable';
    const tryOther = isStreamable && notPostable.includes(error.httpStatus);
    if (!tryOther && this.#config.era !== 'auto' && server.era === 'modern') return false;
    if (this.#server === server) {
      this.#forget(server);
      this.#wire = tryOther ? 'sse' : 'streamable';
    }
    return true;
  }

  #forget(server: Server): void {
    this.#server = undefined;
    this.#watch?.cancel('cancelled');
    this.#watch = undefined;
    if (server.era === 'legacy') void server.client[Symbol.asyncDispose]();
  }

  /** Finds out the era, once however many calls want to know. */
  #decide(): Promise<Server> {
    if (this.#closing.reason !== undefined) {
      return Promise.reject(new GatewayError('shutting_down'));
    }
    if (this.#server !== undefined) return Promise.resolve(this.#server);
    this.#deciding ??= this.#ask().finally(() => {
      this.#deciding = undefined;
    });
    return this.#deciding;
  }

  async #ask(): Promise<Server> {
    const server = await this.#findServer();
    this.#server = server;
    this.#context.log.info({ era: server.era }, 'found the era of a service');
    return server;
  }

  async #findServer(): Promise<Server> {
    const { era } = this.#config;
    // Streamable HTTP was refused a moment ago: the older transport is all that is left to try.
    if (era === 'legacy' || this.#wire === 'sse') return this.#legacy(this.#wire);
    const modern = this.#modern(MODERN_VERSION);
    if (era === 'modern') return modern;
    const evidence = await modern.client.probe();
    if (evidence.era === 'legacy') return this.#legacy(this.#wire);
    return evidence.era === 'modern' ? modern : this.#modern(evidence.protocolVersion);
  }

  #modern(version: string): Server & { era: 'modern' } {
    const client = new ModernHttpClient(this.#endpoint, version, this.#context.log, this.#closing);
    return { era: 'modern', client, sinceMs: Date.now() };
  }

  #legacy(transport: LegacyWire): Server {
    const { log } = this.#context;
    const endpoint = this.#endpoint;
    const client = new LegacyClient(
      {
        open: (receiver) =>
          transport === 'sse'
            ? LegacySseChannel.open(endpoint, receiver, log)
            : Promise.resolve(new LegacyHttpChannel(endpoint, receiver, log)),
        shared: false,
        // The older transport does not say to which call a question belongs.
        exclusive: transport === 'sse',
        sessionsMax: limits.sessionsPerUpstreamMax,
        idleMs: limits.sessionIdleMs,
      },
      { changed: (change) => this.#context.changed(change) },
    );
    return { era: 'legacy', client, sinceMs: Date.now(), transport };
  }
}

function isSame(one: Server, other: Server): boolean {
  if (one.era === 'modern' || other.era === 'modern') return one.era === other.era;
  return one.transport === other.transport;
}
