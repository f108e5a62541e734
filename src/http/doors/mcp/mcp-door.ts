import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Pace } from '../../../gateway/calls/paced-writer.ts';
import type { Endpoint } from '../../../gateway/exchange.ts';
import type { Gateway } from '../../../gateway/gateway.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../../../kernel/json.ts';
import { claimsModern } from '../../../mcp/server/modern/decode-request.ts';
import { idOf, readFrame } from '../../../mcp/json-rpc.ts';
import type { Era } from '../../../mcp/message.ts';
import { parseMessage } from '../../../mcp/wire/parse-message.ts';
import type { ErrorContext } from '../../../mcp/rpc-error-object.ts';
import { checkOrigin } from '../../listener/check-origin.ts';
import { credentialHeader } from '../../listener/credential-header.ts';
import type { Door, Drained } from '../../listener/door.ts';
import type { Admit, Principal } from '../../../kernel/principal.ts';
import type { ResourcePlace } from '../../../identity/oauth/challenge.ts';
import { EndpointPaths, pathOf } from '../endpoint-paths.ts';
import type { BaseUrlOf } from '../../listener/base-url.ts';
import type { OriginGuard } from '../../listener/origin-guard.ts';
import { answerError } from './answer-error.ts';
import { DeadlineClock } from './deadline-clock.ts';
import { serveLegacyDelete, serveLegacyGet, serveLegacyPost } from './legacy-door.ts';
import { LegacySessions, type SessionScope } from './legacy-sessions.ts';
import { serveModern, type HttpExchange, type ModernDoorContext } from './modern-door.ts';
import type { LaneDoor } from '../../listener/lane/fast-lane.ts';
import type { LaneRequest } from '../../listener/lane/read-lane-request.ts';
import { checkBodyHeaders, readMessage } from './read-message.ts';
import { Reply, type ReplyTarget } from '../../listener/reply.ts';

/** What the MCP door is made from. */
export interface McpDoorContext extends ErrorContext {
  readonly gateway: Gateway;
  readonly admit: Admit;
  readonly originGuard: OriginGuard;
  readonly baseUrlOf: BaseUrlOf;
  readonly pace: Pace;
}

/**
 * What the head of a request says to this door, which has judged it; a kept connection often
 * repeats its head.
 */
interface HeadFacts {
  readonly endpoint: Endpoint;
  /** Its path: what the token may be bound to. */
  readonly resource: string;
  readonly token: string | undefined;
  readonly place: ResourcePlace;
}

/** The data plane over HTTP: `/mcp`, `/mcp/{service}` and `/mcp/bundles/{bundle}`, both eras. */
export class McpDoor implements Door, LaneDoor, Drained, Disposable {
  readonly #context: McpDoorContext;
  readonly #modern: ModernDoorContext;
  readonly #clock = new DeadlineClock();
  readonly #sessions = new LegacySessions();
  readonly #paths = new EndpointPaths('/mcp');
  readonly #heads = new WeakMap<IncomingHttpHeaders, HeadFacts>();

  constructor(context: McpDoorContext) {
    this.#context = context;
    this.#modern = { ...context, clock: this.#clock, listens: new Set() };
  }

  /** Exchanges that run, for draining: streams that were ended have their results to send. */
  get running(): number {
    return this.#clock.size + this.#modern.listens.size;
  }

  /** True when the path is the data plane's. */
  owns(path: string): boolean {
    return this.#paths.owns(path);
  }

  /** Serves one HTTP request; never rejects. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = new Reply(response, this.#context.pace);
    try {
      await this.#serve(request, reply);
    } catch (error) {
      answerError(this.#context, reply, 'legacy', null, error);
    }
  }

  /** Serves a request of the fast lane: a POST that was read whole; never rejects. */
  async serveWhole(request: LaneRequest, response: ReplyTarget): Promise<void> {
    const reply = new Reply(response, this.#context.pace);
    const { headers, body } = request;
    try {
      const known = this.#heads.get(headers);
      const facts = known ?? this.#readHead(request);
      const { endpoint, resource, token } = facts;
      reply.place = facts.place;
      const startedAtMs = Date.now();
      const startedMonotonicMs = performance.now();
      const admitting = this.#context.admit(token, resource);
      const principal = admitting instanceof Promise ? await admitting : admitting;
      if (known === undefined) {
        checkBodyHeaders(headers);
        this.#heads.set(headers, facts);
      }
      const exchange: HttpExchange = {
        principal,
        endpoint,
        managed: null,
        headers,
        bytesIn: body.length,
        startedAtMs,
        startedMonotonicMs,
      };
      await this.#posted(parseMessage(body), exchange, reply);
    } catch (error) {
      answerError(this.#context, reply, 'legacy', null, error);
    }
  }

  /** Throws GatewayError `origin_refused` or `not_found`. */
  #readHead({ url, headers }: LaneRequest): HeadFacts {
    if (!this.#context.originGuard(headers.host, headers.origin)) {
      throw new GatewayError('origin_refused');
    }
    const endpoint = this.#paths.endpointOf(url);
    const resource = pathOf(url);
    const place = { baseUrl: this.#context.baseUrlOf(headers.host), path: resource };
    return { endpoint, resource, token: credentialHeader(headers), place };
  }

  /** Nothing to do: every exchange has its own connection, and no new ones are accepted. */
  retire(): void {}

  /** Ends what only ends with the gateway: sessions, streams, overdue calls. */
  cutAll(): void {
    this.#sessions.endAll();
    this.#clock.cancelAll();
    for (const { cancellation } of this.#modern.listens) cancellation.cancel('shutdown');
  }

  [Symbol.dispose](): void {
    this.#clock[Symbol.dispose]();
    this.#sessions[Symbol.dispose]();
  }

  async #serve(request: IncomingMessage, reply: Reply): Promise<void> {
    checkOrigin(this.#context.originGuard, request);
    const endpoint = this.#paths.endpointOf(request.url as string);
    const resource = pathOf(request.url as string);
    const baseUrl = this.#context.baseUrlOf(request.headers.host);
    reply.place = { baseUrl, path: resource };
    await this.serveIn({ endpoint, managed: null }, resource, request, reply);
  }

  /**
   * Serves one request in a place that was found by its address, which its credential has to be
   * good at. Throws what is wrong with it.
   */
  async serveIn(
    { endpoint, managed }: SessionScope,
    resource: string,
    request: IncomingMessage,
    reply: Reply,
  ): Promise<void> {
    const { method, headers } = request;
    if (method !== 'POST' && method !== 'GET' && method !== 'DELETE') {
      reply.empty(405, ['allow', 'POST, GET, DELETE']);
      return;
    }
    const started = startedNow();
    const admitting = this.#context.admit(credentialHeader(headers), resource);
    const reading = method === 'POST' ? readMessage(request) : nothingRead;
    // Whoever has no key learns nothing of what is wrong with the body, nor waits for it.
    reading.catch(() => {});
    const principal = admitting instanceof Promise ? await admitting : admitting;
    const { value, bytes } = await reading;
    const exchange = exchangeOf(principal, { endpoint, managed }, headers, started, bytes);
    if (method === 'POST') await this.#posted(value, exchange, reply);
    else if (method === 'GET') serveLegacyGet(this.#legacy, exchange, reply);
    else serveLegacyDelete(this.#legacy, exchange, reply);
  }

  /** Serves a message whose sender is known. */
  async #posted(value: unknown, exchange: HttpExchange, reply: Reply): Promise<void> {
    let era: Era = 'legacy';
    try {
      const { params, method } = isJsonObject(value) ? value : nothing;
      if (!claimsModern(exchange.headers, params, method)) {
        await serveLegacyPost(this.#legacy, exchange, value, reply);
        return;
      }
      era = 'modern';
      const frame = readFrame(value);
      if (frame.kind === 'response') {
        throw new GatewayError('invalid_request', 'This revision takes no responses by POST.');
      }
      if (frame.kind === 'notification') reply.empty(202);
      else {
        const onClose = (listener: () => void): void => reply.onClose(listener);
        await serveModern(this.#modern, exchange, frame, reply, onClose);
      }
    } catch (error) {
      answerError(this.#context, reply, era, idOf(value), error);
    }
  }

  get #legacy(): Parameters<typeof serveLegacyPost>[0] {
    const { gateway, log, ids } = this.#context;
    return { gateway, log, ids, sessions: this.#sessions };
  }
}

const nothing: JsonObject = {};
const nothingRead = Promise.resolve({ value: undefined, bytes: 0 });

type Started = Pick<HttpExchange, 'startedAtMs' | 'startedMonotonicMs'>;

function startedNow(): Started {
  return { startedAtMs: Date.now(), startedMonotonicMs: performance.now() };
}

function exchangeOf(
  principal: Principal,
  { endpoint, managed }: SessionScope,
  headers: IncomingHttpHeaders,
  { startedAtMs, startedMonotonicMs }: Started,
  bytesIn: number,
): HttpExchange {
  return { principal, endpoint, managed, headers, bytesIn, startedAtMs, startedMonotonicMs };
}
