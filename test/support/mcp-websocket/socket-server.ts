import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

/** A WebSocket server of a test on a free port of the loopback. */
export interface SocketServer extends AsyncDisposable {
  readonly url: string;
  /** Open sockets, the oldest first. */
  readonly sockets: ReadonlySet<WebSocket>;
  /** The headers of every handshake that came, refused ones too. */
  readonly handshakes: readonly IncomingHttpHeaders[];
  /** While set, handshakes are answered with this status. */
  refuseWith: number | undefined;
}

/** What a test changes of the usual. */
export interface SocketServerOptions {
  /** False for a server that chooses no subprotocol. */
  readonly hasProtocol?: boolean;
  readonly autoPong?: boolean;
}

/** Starts a server that hands every socket to `serve`. */
export async function startSocketServer(
  serve: (socket: WebSocket) => void,
  { hasProtocol = true, autoPong = true }: SocketServerOptions = {},
): Promise<SocketServer> {
  const http = createServer((_, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({
    noServer: true,
    autoPong,
    handleProtocols: (offered) => (hasProtocol ? ([...offered][0] ?? false) : false),
  });
  const handshakes: IncomingHttpHeaders[] = [];
  sockets.on('connection', serve);
  http.on('upgrade', (request, socket, head) => {
    handshakes.push(request.headers);
    if (server.refuseWith !== undefined) {
      socket.end(`HTTP/1.1 ${server.refuseWith} No\r\nconnection: close\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      sockets.emit('connection', opened, request);
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  const server: SocketServer = {
    url: `ws://127.0.0.1:${port}/mcp`,
    sockets: sockets.clients,
    handshakes,
    refuseWith: undefined,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      http.close();
      http.closeAllConnections();
      await once(http, 'close');
    },
  };
  return server;
}
