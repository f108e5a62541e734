import { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { ChannelReceiver, PeerChannel } from '../../mcp/client/peer-channel.ts';
import { SessionRefused } from '../../mcp/eras/legacy/client/session-refused.ts';
import { SseParser } from '../../mcp/sse/sse-parser.ts';
import type { EgressResponse } from '../../upstream/egress.ts';
import { isEventStream, type Endpoint } from './endpoint.ts';
import { statusError } from './status-error.ts';

/**
 * One session over the two endpoints of 2024-11-05 (basic/transports, "HTTP with SSE"): a GET
 * stream that carries everything from the server, and a POST per message to the address that the
 * stream names first.
 */
export class LegacySseChannel implements PeerChannel {
  readonly #endpoint: Endpoint;
  readonly #receiver: ChannelReceiver;
  readonly #log: Log;
  readonly #closing = new Cancellation();
  #postUrl: string | undefined;
  #posts: Promise<void> = Promise.resolve();

  private constructor(endpoint: Endpoint, receiver: ChannelReceiver, log: Log) {
    this.#endpoint = endpoint;
    this.#receiver = receiver;
    this.#log = log;
  }

  /** Opens the stream and waits for the address. Throws SessionRefused when there is no stream. */
  static async open(
    endpoint: Endpoint,
    receiver: ChannelReceiver,
    log: Log,
  ): Promise<LegacySseChannel> {
    const channel = new LegacySseChannel(endpoint, receiver, log);
    const timer = setTimeout(() => channel.#closing.cancel('deadline'), limits.sessionChoreMs);
    try {
      const { url, egress, headers } = endpoint;
      const response = await egress.request({
        url,
        method: 'GET',
        headers: { ...headers, accept: 'text/event-stream' },
        cancellation: channel.#closing,
      });
      if (response.status !== 200 || !isEventStream(response)) {
        response.discard();
        throw new SessionRefused(statusError(response.status), response.status);
      }
      await new Promise<void>((resolve, reject) => {
        channel.#read(response, resolve).then(
          () => reject(new SessionRefused(new Error('the stream named no address'))),
          reject,
        );
      });
      return channel;
    } finally {
      clearTimeout(timer);
    }
  }

  request(id: number, json: string): void {
    this.#posts
      .then(() => this.#send(json))
      .catch((error: unknown) => this.#receiver.failed(id, error));
  }

  post(json: string): void {
    // In order: an answer must not overtake the notification before it.
    this.#posts = this.#posts
      .then(() => this.#send(json))
      .catch((error: unknown) => {
        const text = error instanceof Error ? error.message : '';
        this.#log.warn({ error: text }, 'a message could not be delivered to a legacy service');
      });
  }

  abandon(): void {}

  initialized(): void {}

  close(): Promise<void> {
    this.#closing.cancel('shutdown');
    return Promise.resolve();
  }

  async #send(json: string): Promise<void> {
    const { egress, headers } = this.#endpoint;
    const response = await egress.request({
      url: this.#postUrl as string,
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: json,
    });
    if (response.status >= 300) {
      response.discard();
      throw statusError(response.status);
    }
    await response.bytes();
  }

  /** Reads the stream to its end, which is the end of the session. */
  async #read(response: EgressResponse, opened: () => void): Promise<void> {
    const parser = new SseParser();
    let reason = 'The service ended its stream.';
    try {
      for await (const chunk of response.stream()) {
        for (const { type, data } of parser.write(chunk)) {
          if (type === 'message') await this.#receiver.received(data);
          if (type !== 'endpoint' || this.#postUrl !== undefined) continue;
          this.#postUrl = this.#addressOf(data.toString('utf8'));
          opened();
        }
      }
    } catch (error) {
      if (this.#postUrl === undefined) throw error;
      reason = error instanceof Error ? error.message : reason;
    }
    if (this.#closing.reason === undefined && this.#postUrl !== undefined) {
      this.#receiver.closed(new GatewayError('upstream_failed', reason));
    }
  }

  /** The address for messages; elsewhere the configured credentials have no business. */
  #addressOf(text: string): string {
    const base = new URL(this.#endpoint.url);
    const address = URL.parse(text, base);
    if (address === null || address.origin !== base.origin || address.username !== '') {
      throw new GatewayError(
        'upstream_failed',
        'The service named an address that is not its own.',
      );
    }
    address.hash = '';
    return address.href;
  }
}
