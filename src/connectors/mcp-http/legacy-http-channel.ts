import { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { InFlight } from '../../kernel/in-flight.ts';
import type { Log } from '../../kernel/log.ts';
import type { ChannelReceiver, PeerChannel } from '../../mcp/client/peer-channel.ts';
import { SessionLost } from '../../mcp/client/legacy/session-lost.ts';
import { SessionRefused } from '../../mcp/client/legacy/session-refused.ts';
import type { EgressResponse } from '../../kernel/egress.ts';
import { takeEvent } from '../../mcp/client/take-line.ts';
import { isEventStream, isJson, type Endpoint } from './endpoint.ts';
import { LegacyServerStream } from './legacy-server-stream.ts';
import { readResumably } from './resumable-stream.ts';
import { sessionIdOf, withSession } from './session-carrier.ts';
import { isEraEvidence, readFailure, statusError } from './status-error.ts';

/** The code with which the common server library refuses a session it does not know. */
const UNKNOWN_SESSION_CODE = -32000;
/** Saying goodbye is polite, not important. */
const DELETE_MS = 2_000;

/**
 * One legacy session over streamable HTTP (2025-11-25 basic/transports): a POST per message,
 * answers as JSON or as a stream that may carry the server's questions, and a GET stream for what
 * belongs to no request.
 */
export class LegacyHttpChannel implements PeerChannel {
  readonly #endpoint: Endpoint;
  readonly #receiver: ChannelReceiver;
  readonly #log: Log;
  readonly #running = new InFlight<number, Cancellation>();
  readonly #closing = new Cancellation();
  #url: string;
  #headers: Readonly<Record<string, string>>;
  #sessionId: string | undefined;
  #isOpen = false;
  #posts: Promise<void> = Promise.resolve();
  #ready: Promise<void> | undefined;

  constructor(endpoint: Endpoint, receiver: ChannelReceiver, log: Log) {
    this.#endpoint = endpoint;
    this.#receiver = receiver;
    this.#log = log;
    this.#url = endpoint.url;
    this.#headers = {
      ...endpoint.headers,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
  }

  request(id: number, json: string, isSafe = false): void {
    const cancellation = new Cancellation();
    this.#running.set(id, cancellation);
    this.#exchange(id, json, isSafe, cancellation)
      .catch((error: unknown) => this.#receiver.failed(id, error))
      .finally(() => this.#running.take(id))
      .catch(() => {});
  }

  post(json: string): void {
    // In order: an answer must not overtake the notification before it.
    this.#posts = this.#posts.then(() => this.#postOne(json));
    if (this.#isOpen) this.#ready ??= this.#posts;
  }

  abandon(id: number): void {
    this.#running.get(id)?.cancel('cancelled');
  }

  initialized(protocolVersion: string): void {
    this.#isOpen = true;
    this.#headers = { ...this.#headers, 'mcp-protocol-version': protocolVersion };
    // `initialized` itself is posted next; the stream for everything else opens after it.
    queueMicrotask(() => void this.#ready?.then(() => this.#openServerStream()));
  }

  async close(): Promise<void> {
    this.#end();
    if (this.#sessionId === undefined) return;
    const cancellation = new Cancellation();
    const timer = setTimeout(() => cancellation.cancel('shutdown'), DELETE_MS);
    try {
      const { egress } = this.#endpoint;
      const headers = this.#headers;
      const request = { url: this.#url, method: 'DELETE', headers, cancellation };
      const response = await egress.request(request);
      response.discard();
    } catch {
      // The session is forgotten here whatever the server says.
    } finally {
      clearTimeout(timer);
    }
  }

  async #exchange(
    id: number,
    json: string,
    isSafe: boolean,
    cancellation: Cancellation,
  ): Promise<void> {
    if (this.#isOpen) await this.#ready;
    const { egress } = this.#endpoint;
    const headers = this.#headers;
    const response = await egress.request({
      url: this.#url,
      method: 'POST',
      headers,
      body: json,
      isSafe,
      cancellation,
      // The server may be silent in it while it waits for what it asked.
      idleTimeoutMs: undefined,
    });
    if (response.status !== 200) throw await this.#failure(response);
    this.#keepSessionId(response);
    if (isEventStream(response)) {
      await readResumably(response, {
        get: (lastEventId) => this.#get(cancellation, lastEventId),
        event: (data) => takeEvent(this.#receiver, data, id),
        isDone: () => !this.#receiver.isPending(id),
        cancellation,
      });
    } else if (isJson(response)) {
      await this.#receiver.received(await response.bytes(), id);
    } else {
      response.discard();
    }
    // An error costs a stack trace: it is made only for a request that got no answer.
    if (!this.#receiver.isPending(id)) return;
    this.#receiver.failed(id, new GatewayError('upstream_failed', 'The service did not answer.'));
  }

  async #failure(response: EgressResponse): Promise<Error> {
    const { status, error } = await readFailure(response);
    if (this.#sessionId !== undefined) {
      if (status === 404) return new SessionLost();
      if (status === 400 && error?.rpcCode === UNKNOWN_SESSION_CODE) return new SessionLost();
    }
    if (error !== undefined) return error;
    if (!this.#isOpen && isEraEvidence(status))
      return new SessionRefused(statusError(status), status);
    return statusError(status);
  }

  #keepSessionId(response: EgressResponse): void {
    if (this.#isOpen) return;
    const { session, sessionUrl } = this.#endpoint;
    const sessionId = sessionIdOf(response.headers, session);
    if (sessionId === undefined) return;
    this.#sessionId = sessionId;
    const address = withSession({ url: sessionUrl, headers: this.#headers }, sessionId, session);
    this.#url = address.url;
    this.#headers = address.headers;
  }

  async #postOne(json: string): Promise<void> {
    if (this.#closing.reason !== undefined) return;
    const { egress } = this.#endpoint;
    const headers = this.#headers;
    try {
      const request = { url: this.#url, method: 'POST', headers, body: json };
      const response = await egress.request(request);
      if (response.status >= 300) this.#postFailed(response.status);
      await response.bytes();
    } catch (error) {
      const text = error instanceof Error ? error.message : '';
      this.#log.warn({ error: text }, 'a message could not be delivered to a legacy service');
    }
  }

  #postFailed(status: number): void {
    this.#log.warn({ status }, 'a legacy service did not take a message');
    if (status === 404 && this.#sessionId !== undefined) this.#lost();
  }

  #openServerStream(): void {
    const stream = new LegacyServerStream({
      get: (lastEventId, cancellation) => this.#get(cancellation, lastEventId),
      event: (data) => takeEvent(this.#receiver, data),
      gone: () => this.#receiver.forgotten(),
      cancellation: this.#closing,
      log: this.#log,
    });
    void stream.run();
  }

  /** Opens or resumes an event stream. */
  #get(cancellation: Cancellation, lastEventId: string | undefined): Promise<EgressResponse> {
    const { egress } = this.#endpoint;
    const { 'content-type': _type, ...rest } = this.#headers;
    const headers: Record<string, string> = { ...rest, accept: 'text/event-stream' };
    if (lastEventId !== undefined) headers['last-event-id'] = lastEventId;
    return egress.request({ url: this.#url, method: 'GET', headers, cancellation });
  }

  /** The server has forgotten the session. */
  #lost(): void {
    if (this.#closing.reason !== undefined) return;
    this.#end();
    const text = 'The service ended the session.';
    this.#receiver.closed(new GatewayError('upstream_failed', text));
  }

  #end(): void {
    this.#closing.cancel('shutdown');
    for (const cancellation of this.#running.values()) cancellation.cancel('cancelled');
  }
}
