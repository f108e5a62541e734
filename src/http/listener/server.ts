import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Door, Drained, UpgradeDoor } from './door.ts';
import { createEdge, type Edge } from './edge/edge.ts';
import { FastLane, type LaneDoor } from './lane/fast-lane.ts';

/** Serves what is not the data plane. */
export type ApiListener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** The doors of one port. */
export interface Doors {
  /** The door whose plain requests take the fast lane. */
  readonly lane: LaneDoor;
  /** Asked in their order; what none of them owns is the control plane's. */
  readonly requests: readonly Door[];
  readonly upgrades: readonly UpgradeDoor[];
  /** What must come to an end before the port is closed for good. */
  readonly drained: readonly Drained[];
}

/** Opens the server that speaks TLS in place of the plain one. */
export interface TlsListener extends Disposable {
  createServer(options: ServerOptions, listener: RequestListener): Server;
  /** Drops the connections that no server of requests knows yet. */
  cutHandshakes(): void;
}

/** What stands before the doors. */
export interface Front {
  readonly edge: Edge;
  /** Without it the port speaks plain HTTP. */
  readonly tls?: TlsListener;
}

const DRAIN_LOOK_MS = 50;
const bareFront: Front = { edge: createEdge({ trustedProxies: [], allowedOrigins: [] }) };

/** The network door: one port for the data plane and the control plane. */
export class HttpServer {
  readonly #server: Server;
  readonly #drained: readonly Drained[];
  readonly #lane: FastLane | undefined;
  readonly #tls: TlsListener | undefined;

  constructor(doors: Doors, api: ApiListener, { edge, tls }: Front = bareFront) {
    const { lane, requests, upgrades, drained } = doors;
    this.#drained = drained;
    this.#tls = tls;
    const open = tls === undefined ? createServer : tls.createServer.bind(tls);
    const doorOf = (url: string): UpgradeDoor | undefined => upgrades.find((one) => one.owns(url));
    const options: ServerOptions = {
      requestTimeout: limits.requestReceiveMs,
      headersTimeout: limits.requestHeadMs,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: limits.clientIdleMs,
      maxHeaderSize: limits.requestHeadBytesMax,
      // An offer that nobody here takes is an ordinary request (RFC 9110 §7.8).
      shouldUpgradeCallback: ({ headers, url = '' }) =>
        headers.upgrade?.toLowerCase() === 'websocket' && doorOf(url) !== undefined,
    };
    this.#server = open(options, (request, response) => {
      if (!edge.take(request, response)) return;
      const url = request.url as string;
      const door = requests.find((one) => one.owns(url));
      if (door === undefined) void api(request, response);
      else void door.serve(request, response);
    });
    if (tls === undefined) this.#lane = openLane(this.#server, lane);
    this.#server.on('upgrade', (request, socket, head) => {
      if (!edge.takeUpgrade(request, socket)) return;
      void doorOf(request.url as string)?.upgrade(request, socket, head);
    });
  }

  /** How long a client may take for a request's head, for all of it, and between requests. */
  get timeouts(): Pick<Server, 'headersTimeout' | 'requestTimeout' | 'keepAliveTimeout'> {
    return this.#server;
  }

  /** Listens; resolves with the URL. Throws GatewayError `conflict` when the port is taken. */
  listen(host: string, port: number): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) =>
        reject(cannot(error, host, port)),
      );
      this.#server.listen(port, host, () => {
        const { port: actual } = this.#server.address() as AddressInfo;
        const scheme = this.#tls === undefined ? 'http' : 'https';
        resolve(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${actual}`);
      });
    });
  }

  /** Takes no new connections, lets running exchanges finish for a time, then cuts the rest. */
  async drain(drainMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const deadlineMs = Date.now() + drainMs;
    for (const one of this.#drained) one.retire();
    this.#lane?.closeIdle();
    while (this.#drained.some(({ running }) => running > 0) && Date.now() < deadlineMs) {
      this.#server.closeIdleConnections();
      await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
    }
    for (const one of this.#drained) one.cutAll();
    // What was cut just now still gets its answer out.
    await new Promise((resolve) => setImmediate(resolve));
    this.#server.closeIdleConnections();
    this.#server.closeAllConnections();
    this.#lane?.closeAll();
    this.#tls?.cutHandshakes();
    await closed;
    this.#lane?.[Symbol.dispose]();
    this.#tls?.[Symbol.dispose]();
  }
}

/** New connections meet the lane first; node:http gets those that the lane gives away. */
function openLane(server: Server, door: LaneDoor): FastLane {
  const [take] = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  const lane = new FastLane(door, (socket) => take?.call(server, socket));
  server.on('connection', (socket: Socket) => lane.accept(socket));
  return lane;
}

function cannot(error: NodeJS.ErrnoException, host: string, port: number): GatewayError {
  const why =
    error.code === 'EADDRINUSE'
      ? 'another program uses that port; stop it or choose another with --port'
      : error.message;
  return new GatewayError('conflict', `Cannot listen on ${host}:${port}: ${why}.`, {
    cause: error,
  });
}
