import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { McpDoor } from './mcp/mcp-door.ts';

/** Serves what is not the data plane. */
export type ApiListener = (request: IncomingMessage, response: ServerResponse) => unknown;

const DRAIN_LOOK_MS = 50;

/** The network door: one port for the data plane and the control plane. */
export class HttpServer {
  readonly #server: Server;
  readonly #door: McpDoor;

  constructor(door: McpDoor, api: ApiListener) {
    this.#door = door;
    this.#server = createServer(
      {
        requestTimeout: limits.requestReceiveMs,
        headersTimeout: limits.requestHeadMs,
        connectionsCheckingInterval: 1_000,
        keepAliveTimeout: limits.clientIdleMs,
        maxHeaderSize: limits.requestHeadBytesMax,
      },
      (request, response) => {
        if (door.owns(request.url as string)) void door.serve(request, response);
        else void api(request, response);
      },
    );
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
    while (this.#door.running > 0 && Date.now() < deadlineMs) {
      this.#server.closeIdleConnections();
      await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
    }
    this.#door.cutAll();
    // What was cut just now still gets its answer out.
    await new Promise((resolve) => setImmediate(resolve));
    this.#server.closeIdleConnections();
    this.#server.closeAllConnections();
    await closed;
  }
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
