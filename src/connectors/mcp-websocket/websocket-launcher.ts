import { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { ChannelReceiver } from '../../mcp/client/peer-channel.ts';
import { RestartBackoff, type RestartPace } from '../../mcp/client/restart-backoff.ts';
import { fillHeaders } from '../../upstream/configured-headers.ts';
import type { ConnectorContext } from '../../upstream/contract.ts';
import { WebSocketChannel } from './websocket-channel.ts';
import type { WebSocketConfig } from './websocket-config.ts';

/** A server may close idle sockets as often as it likes; one that never gets going is spared. */
const pace: RestartPace = {
  firstMs: limits.streamRetryMsMin,
  lastMs: limits.streamRetryMsMax,
  steadyMs: limits.streamRetryMsMin,
};

/** Opens the sockets of one service and sees to it that all of them are closed. */
export class WebSocketLauncher {
  readonly #config: WebSocketConfig;
  readonly #context: ConnectorContext;
  readonly #pingMs: number;
  readonly #backoff = new RestartBackoff(pace);
  /** Handshakes that are under way. */
  readonly #opening = new Set<Cancellation>();
  readonly #channels = new Set<WebSocketChannel>();
  #isClosed = false;

  constructor(config: WebSocketConfig, context: ConnectorContext, pingMs: number) {
    this.#config = config;
    this.#context = context;
    this.#pingMs = pingMs;
  }

  /** Opens one socket. Throws GatewayError, `upstream_unavailable` when it is too early again. */
  async launch(receiver: ChannelReceiver): Promise<WebSocketChannel> {
    if (this.#isClosed) throw new GatewayError('shutting_down');
    this.#backoff.check();
    const { egress, log } = this.#context;
    const { url, protocols } = this.#config;
    const secret = (name: string): Promise<string> => this.#context.secret(name);
    const headers = await fillHeaders(this.#config.headers, secret);
    const startedMs = Date.now();
    const opening = new Cancellation();
    this.#opening.add(opening);
    try {
      const socket = await egress.openWebSocket({
        url,
        protocols,
        headers,
        cancellation: opening,
        messageBytesMax: limits.upstreamEventBytesMax,
        pingMs: this.#pingMs,
        connectTimeoutMs: this.#config.timeouts?.connectMs,
      });
      const channel = new WebSocketChannel(socket, receiver, log, (ended) => {
        this.#channels.delete(ended);
        this.#backoff.failed(startedMs);
      });
      this.#channels.add(channel);
      return channel;
    } catch (error) {
      if (!this.#isClosed) this.#backoff.failed(startedMs);
      throw error;
    } finally {
      this.#opening.delete(opening);
    }
  }

  /** Closes every socket; opens no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const opening of this.#opening) opening.cancel('shutdown');
    await Promise.all([...this.#channels].map((channel) => channel.close()));
    this.#channels.clear();
  }
}
