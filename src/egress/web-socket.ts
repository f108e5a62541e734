import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { EgressWebSocket, EgressWebSocketRequest } from '../kernel/egress.ts';
import type { Origin } from './dial.ts';

/** Received texts that may wait for the reader before the socket is paused. */
const WAITING_MAX = 16;

type Wake = () => void;

/**
 * Opens a WebSocket over a guarded socket that `dial` makes. Throws GatewayError
 * `egress_denied`, `upstream_unavailable`, `upstream_timeout`, `upstream_failed`, `cancelled`.
 */
export async function openWebSocket(
  request: EgressWebSocketRequest,
  dial: (origin: Origin) => Promise<Socket>,
): Promise<EgressWebSocket> {
  const { url, origin } = parseTarget(request.url);
  const raw = await dial(origin);
  if (request.cancellation?.reason !== undefined) {
    raw.destroy();
    throw new GatewayError('cancelled');
  }
  const socket = new WebSocket(url, [...request.protocols], {
    createConnection: () => raw,
    headers: { ...request.headers },
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: request.messageBytesMax ?? limits.upstreamEventBytesMax,
    handshakeTimeout: request.connectTimeoutMs ?? limits.upstreamConnectMs,
  });
  const guarded = new GuardedWebSocket(socket);
  const undo = request.cancellation?.onCancel(() => guarded.fail(new GatewayError('cancelled')));
  socket.once('close', () => undo?.());
  await guarded.opened();
  if (request.pingMs !== undefined) guarded.keepAlive(request.pingMs);
  return guarded;
}

function parseTarget(text: string): { url: URL; origin: Origin } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const secure = url?.protocol === 'wss:';
  if (url === undefined || (!secure && url.protocol !== 'ws:') || url.username !== '') {
    const problem = 'The URL must be ws: or wss:, without user name or fragment.';
    throw new GatewayError('egress_denied', problem);
  }
  url.hash = '';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  return { url, origin: { secure, host: url.hostname.replace(/^\[|\]$/g, ''), port } };
}

class GuardedWebSocket implements EgressWebSocket {
  readonly #socket: WebSocket;
  readonly #texts: Buffer[] = [];
  #wake: Wake | undefined;
  #failure: GatewayError | undefined;
  #closed: { readonly code: number; readonly reason: string } | undefined;
  #isAlive = true;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    socket.on('pong', () => (this.#isAlive = true));
    socket.on('unexpected-response', (_, response) => this.fail(refused(response)));
    socket.on('error', (cause) => this.fail(lost(cause)));
    socket.on('close', (code, reason) => this.#end(code, reason.toString('utf8')));
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  get closed(): { readonly code: number; readonly reason: string } | undefined {
    return this.#closed;
  }

  get queuedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Resolves once the handshake is done; rejects with what prevented it. */
  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('open', resolve);
      this.#socket.once('close', () => reject(this.#failure ?? lost()));
    });
  }

  /** Asks for a sign of life this often, and ends a socket whose peer gave none. */
  keepAlive(pingMs: number): void {
    const timer = setInterval(() => {
      // Nothing arrives while the reader is busy, which says nothing about the peer.
      if (!this.#isAlive && !this.#socket.isPaused) {
        this.fail(new GatewayError('upstream_failed', 'The service shows no sign of life.'));
        return;
      }
      this.#isAlive = false;
      this.#socket.ping();
    }, pingMs);
    timer.unref();
    this.#socket.once('close', () => clearInterval(timer));
  }

  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  close(code = 1000, reason = ''): void {
    this.#socket.resume();
    this.#socket.close(code, reason);
    // A peer that does not answer the closing handshake is not waited for.
    const timer = setTimeout(() => this.#socket.terminate(), limits.upstreamConnectMs);
    timer.unref();
    this.#socket.once('close', () => clearTimeout(timer));
  }

  /** Ends the socket at once; the reader sees the error. */
  fail(error: GatewayError): void {
    this.#failure ??= error;
    this.#socket.terminate();
    this.#wake?.();
  }

  async *messages(): AsyncIterable<Buffer> {
    for (;;) {
      const text = this.#texts.shift();
      if (text !== undefined) {
        yield text;
        continue;
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#closed !== undefined) return;
      this.#socket.resume();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#isAlive = true;
    if (isBinary) {
      this.fail(new GatewayError('upstream_failed', 'The service sent a binary message.'));
      return;
    }
    this.#texts.push(data);
    if (this.#texts.length >= WAITING_MAX) this.#socket.pause();
    this.#wake?.();
  }

  #end(code: number, reason: string): void {
    this.#closed = { code, reason };
    // 1006 stands for a connection that broke without a closing handshake (RFC 6455 §7.1.5).
    if (code === 1006) this.#failure ??= lost();
    this.#wake?.();
  }
}

/** The service answered the handshake with something else. */
function refused({ statusCode = 0 }: IncomingMessage): GatewayError {
  if (statusCode === 401 || statusCode === 403) {
    return new GatewayError('upstream_failed', "The service refused the gateway's credentials.");
  }
  const text = `The service answered the WebSocket handshake with HTTP status ${statusCode}.`;
  const isBusy = statusCode === 429 || statusCode === 503;
  return new GatewayError(isBusy ? 'upstream_unavailable' : 'upstream_failed', text);
}

function lost(cause?: unknown): GatewayError {
  const detail = cause instanceof Error ? ` (${cause.message.slice(0, 200)})` : '';
  const text = `The WebSocket to the service failed${detail}.`;
  return new GatewayError('upstream_failed', text, { cause });
}
