import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Socket } from 'node:net';
import type {
  Egress,
  EgressRequest,
  EgressResponse,
  EgressTarget,
  EgressWebSocket,
  EgressWebSocketRequest,
} from '../kernel/egress.ts';
import { createAddressGuard, type EgressPolicy } from './address-guard.ts';
import type { Connection } from './connection.ts';
import { dial, dialWith, systemResolve, type Origin, type Resolve } from './dial.ts';
import {
  cutShort,
  redirectTarget,
  type ExchangeOwner,
  type WireRequest,
} from './exchange-owner.ts';
import { OriginPool } from './origin-pool.ts';
import type { SpareBuffers } from './socket-reader.ts';
import { WriteBatch } from './write-batch.ts';

const TICK_MS = 250;
const PLACES_KEPT = 1_000;
const METHOD = /^[A-Z]+$/;
/** Bytes that may not stand in a request target (RFC 9112 §3.2). */
const TARGET_UNSAFE = /[\u0000-\u0020\u007f-\uffff#]/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_UNSAFE = /[^\t\u0020-\u007e\u0080-\u00ff]/;

/** What the egress is made from. */
export interface HttpEgressOptions {
  readonly policy: EgressPolicy;
  readonly resolve?: Resolve;
  /** What requests say they come from (RFC 9110 §10.1.5); `DEFAULT_USER_AGENT` when absent. */
  readonly userAgent?: string | undefined;
}

/** Names the program, and not its version: that is nobody's business. */
export const DEFAULT_USER_AGENT = 'mcp-gateway';

/** A URL in two parts. */
interface Place {
  readonly origin: string;
  /** Path and query exactly as given. */
  readonly path: string;
}

interface Target {
  readonly pool: OriginPool;
  /** The Host header's value. */
  readonly authority: string;
}

/** The one door out: pooled HTTP/1.1 over guarded sockets. */
export class HttpEgress implements Egress, ExchangeOwner, AsyncDisposable {
  readonly #targets = new Map<string, Target>();
  readonly #writes = new WriteBatch();
  readonly #spare: SpareBuffers = { small: [], large: [] };
  readonly #places = new Map<string, Place>();
  readonly #headerTexts = new WeakMap<EgressRequest['headers'], string>();
  readonly #guard: ReturnType<typeof createAddressGuard>;
  readonly #resolve: Resolve;
  readonly #clock: NodeJS.Timeout;
  readonly #userAgent: string;

  constructor(options: HttpEgressOptions) {
    this.#guard = createAddressGuard(options.policy);
    this.#resolve = options.resolve ?? systemResolve;
    this.#userAgent = options.userAgent ?? DEFAULT_USER_AGENT;
    this.#clock = setInterval(() => this.#tick(), TICK_MS);
    this.#clock.unref();
  }

  /** See Egress. */
  request(request: EgressRequest): Promise<EgressResponse> {
    const timeoutMs = request.headersTimeoutMs ?? limits.upstreamHeadersMs;
    return this.#start(request, Date.now() + timeoutMs, 0);
  }

  /** See ExchangeOwner; what is left of the time is shared. */
  async redirected(wire: WireRequest, response: EgressResponse): Promise<EgressResponse> {
    response.discard();
    const { original, hops, headersDeadlineMs } = wire;
    const url = redirectTarget(original.url, response.headers['location'] as string, hops);
    return await this.#start({ ...original, url }, headersDeadlineMs, hops + 1);
  }

  /** See ExchangeOwner. */
  async repeat(wire: WireRequest): Promise<EgressResponse> {
    const { original, headersDeadlineMs } = wire;
    const { origin } = this.#place(original.url);
    const { pool } = this.#targets.get(origin) ?? this.#open(origin);
    const connection = await pool.open(headersDeadlineMs, original.connectTimeoutMs);
    return await send(connection, { ...wire, isRepeat: true }, original);
  }

  #start(request: EgressRequest, headersDeadlineMs: number, hops: number): Promise<EgressResponse> {
    let target: Target;
    let bytes: Buffer;
    try {
      const { origin, path } = this.#place(request.url);
      if (!METHOD.test(request.method)) throw badUrl();
      target = this.#targets.get(origin) ?? this.#open(origin);
      bytes = encodeRequest(request, path, target.authority, this.#headerText(request.headers));
    } catch (error) {
      return Promise.reject(error);
    }
    const wire: WireRequest = {
      method: request.method,
      bytes,
      headersDeadlineMs,
      sink: request.sink,
      original: request,
      hops,
      isRepeat: false,
      owner: this,
    };
    const idle = target.pool.take();
    if (idle !== undefined) return send(idle, wire, request);
    return target.pool
      .open(headersDeadlineMs, request.connectTimeoutMs)
      .then((connection) => send(connection, wire, request));
  }

  /** See Egress. */
  connect(target: EgressTarget): Promise<Socket> {
    return dial(target, this.#guard, this.#resolve);
  }

  /** See Egress. */
  async openWebSocket(request: EgressWebSocketRequest): Promise<EgressWebSocket> {
    // Few gateways have a service that speaks this, so the protocol is loaded for the first one.
    const { openWebSocket } = await import('./web-socket.ts');
    const headers = { 'user-agent': this.#userAgent, ...request.headers };
    return await openWebSocket({ ...request, headers }, (origin) =>
      dial(origin, this.#guard, this.#resolve, request.connectTimeoutMs),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#clock);
    for (const { pool } of this.#targets.values()) pool.close(new GatewayError('shutting_down'));
    this.#targets.clear();
    await Promise.resolve();
  }

  /** Splits a URL; the few URLs that most requests go to are split once. */
  #place(url: string): Place {
    const known = this.#places.get(url);
    if (known !== undefined) return known;
    const slash = url.indexOf('/', url.indexOf('://') + 3);
    const origin = slash === -1 ? url : url.slice(0, slash);
    const path = slash === -1 ? '/' : url.slice(slash);
    if (TARGET_UNSAFE.test(path)) throw badUrl();
    if (this.#places.size >= PLACES_KEPT) this.#places.clear();
    const place = { origin, path };
    this.#places.set(url, place);
    return place;
  }

  /** Header lines; a headers object that is used again is checked and written once. */
  #headerText(headers: EgressRequest['headers']): string {
    let text = this.#headerTexts.get(headers);
    if (text === undefined) {
      text = headerText(headers) + this.#standing(headers);
      this.#headerTexts.set(headers, text);
    }
    return text;
  }

  /** What every request says unless its sender says it otherwise. */
  #standing(headers: EgressRequest['headers']): string {
    const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
    const agent = names.has('user-agent') ? '' : `user-agent: ${this.#userAgent}\r\n`;
    return names.has('accept-encoding') ? agent : `${agent}accept-encoding: identity\r\n`;
  }

  #tick(): void {
    const now = Date.now();
    for (const [name, { pool }] of this.#targets) {
      pool.tick(now);
      if (pool.size === 0) this.#targets.delete(name);
    }
  }

  #open(name: string): Target {
    const { origin, authority } = parseOrigin(name);
    const pool = new OriginPool(
      (deadlineMs, connectMs) =>
        dialWith(origin, this.#guard, this.#resolve, this.#spare, deadlineMs, connectMs),
      this.#writes,
    );
    const target = { pool, authority };
    this.#targets.set(name, target);
    return target;
  }
}

function send(
  connection: Connection,
  wire: Parameters<Connection['exchange']>[0],
  request: EgressRequest,
): Promise<EgressResponse> {
  const { cancellation } = request;
  if (cancellation?.reason === undefined) return connection.exchange(wire, cancellation);
  connection.destroy(undefined);
  return Promise.reject(cutShort(request, cancellation.reason, true));
}

function headerText(headers: EgressRequest['headers']): string {
  let text = '';
  for (const name in headers) {
    const value = headers[name] as string;
    if (!HEADER_NAME.test(name) || HEADER_UNSAFE.test(value)) {
      throw new GatewayError('invalid_params', `The header ${name} cannot be sent as it is.`);
    }
    text += `${name}: ${value}\r\n`;
  }
  return text;
}

function encodeRequest(
  request: EgressRequest,
  path: string,
  authority: string,
  headers: string,
): Buffer {
  const { body, method } = request;
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${authority}\r\n${headers}`;
  if (body === undefined) {
    const length = method === 'POST' || method === 'PUT' ? 0 : undefined;
    head += length === undefined ? '\r\n' : 'content-length: 0\r\n\r\n';
    return Buffer.from(head, 'latin1');
  }
  const bodyBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  head += `content-length: ${bodyBytes}\r\n\r\n`;
  const isAscii = typeof body === 'string' && body.length === bodyBytes;
  if (isAscii) return Buffer.from(head + body, 'latin1');
  const bytes = Buffer.allocUnsafe(head.length + bodyBytes);
  bytes.write(head, 0, 'latin1');
  if (typeof body === 'string') bytes.write(body, head.length, 'utf8');
  else body.copy(bytes, head.length);
  return bytes;
}

function parseOrigin(name: string): { origin: Origin; authority: string } {
  let url: URL;
  try {
    url = new URL(name);
  } catch {
    throw badUrl();
  }
  const secure = url.protocol === 'https:';
  if ((!secure && url.protocol !== 'http:') || url.username !== '' || url.password !== '') {
    throw badUrl();
  }
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { origin: { secure, host, port }, authority: url.host };
}

function badUrl(): GatewayError {
  const text = 'The URL must be http: or https:, without user name, spaces or a fragment.';
  return new GatewayError('egress_denied', text);
}
