import { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { ChannelReceiver, PeerChannel } from '../../mcp/client/peer-channel.ts';
import { SessionRefused } from '../../mcp/client/legacy/session-refused.ts';
import { takeEvent } from '../../mcp/client/take-line.ts';
import { SseParser } from '../../mcp/wire/sse-parser.ts';
import type { EgressResponse } from '../../kernel/egress.ts';
import { isEventStream, type Endpoint } from './endpoint.ts';
import { sessionIdOf, withSession, type Address } from './session-carrier.ts';
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
  #post: Address | undefined;
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
    const { url, headers } = this.#post as Address;
    const request = { url, method: 'POST', headers, body: json };
    const response = await this.#endpoint.egress.request(request);
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
          if (type === 'message') await takeEvent(this.#receiver, data);
          if (type !== 'endpoint' || this.#post !== undefined) continue;
          this.#post = this.#addressOf(data.toString('utf8'), response);
          opened();
        }
      }
    } catch (error) {
      if (this.#post === undefined) throw error;
      reason = error instanceof Error ? error.message : reason;
    }
    if (this.#closing.reason === undefined && this.#post !== undefined) {
      this.#receiver.closed(new GatewayError('upstream_failed', reason));
    }
  }

  /** The address for messages; elsewhere the configured credentials have no business. */
  #addressOf(text: string, response: EgressResponse): Address {
    const { session } = this.#endpoint;
    const base = new URL(this.#endpoint.url);
    const address = URL.parse(text, base.href);
    if (address === null || address.origin !== base.origin || address.username !== '') {
      throw new GatewayError(
        'upstream_failed',
        'The service named an address that is not its own.',
      );
    }
    address.hash = '';
    const headers = { ...this.#endpoint.headers, 'content-type': 'application/json' };
    const plain = { url: address.href, headers };
    // Mostly the server has put its id into the address itself.
    const sessionId = sessionIdOf(response.headers, session);
    return sessionId === undefined ? plain : withSession(plain, sessionId, session);
  }
}
