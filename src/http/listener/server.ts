import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Door, Drained, UpgradeDoor } from './door.ts';
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

const DRAIN_LOOK_MS = 50;

/** The network door: one port for the data plane and the control plane. */
export class HttpServer {
  readonly #server: Server;
  readonly #drained: readonly Drained[];
  readonly #lane: FastLane;

  constructor({ lane, requests, upgrades, drained }: Doors, api: ApiListener) {
    this.#drained = drained;
    this.#server = createServer(
      {
        requestTimeout: limits.requestReceiveMs,
        headersTimeout: limits.requestHeadMs,
        connectionsCheckingInterval: 1_000,
        keepAliveTimeout: limits.clientIdleMs,
        maxHeaderSize: limits.requestHeadBytesMax,
      },
      (request, response) => {
        const url = request.url as string;
        const door = requests.find((one) => one.owns(url));
        if (door === undefined) void api(request, response);
        else void door.serve(request, response);
      },
    );
    // New connections meet the lane first; node:http gets those that the lane gives away.
    const [take] = this.#server.listeners('connection') as ((socket: Socket) => void)[];
    this.#server.removeAllListeners('connection');
    this.#lane = new FastLane(lane, (socket) => take?.call(this.#server, socket));
    this.#server.on('connection', (socket: Socket) => this.#lane.accept(socket));
    this.#server.on('upgrade', (request, socket, head) => {
      const url = request.url as string;
      const door = upgrades.find((one) => one.owns(url));
      if (door === undefined) refuse(socket);
      else void door.upgrade(request, socket, head);
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
        resolve(`http://${host.includes(':') ? `[${host}]` : host}:${actual}`);
      });
    });
  }

  /** Takes no new connections, lets running exchanges finish for a time, then cuts the rest. */
  async drain(drainMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const deadlineMs = Date.now() + drainMs;
    for (const one of this.#drained) one.retire();
    this.#lane.closeIdle();
    while (this.#drained.some(({ running }) => running > 0) && Date.now() < deadlineMs) {
      this.#server.closeIdleConnections();
      await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
    }
    for (const one of this.#drained) one.cutAll();
    // What was cut just now still gets its answer out.
    await new Promise((resolve) => setImmediate(resolve));
    this.#server.closeIdleConnections();
    this.#server.closeAllConnections();
    this.#lane.closeAll();
    await closed;
    this.#lane[Symbol.dispose]();
  }
}

/** Nothing is upgraded at this address. */
function refuse(socket: Duplex): void {
  socket.on('error', () => {});
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 404 ${STATUS_CODES[404]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
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
