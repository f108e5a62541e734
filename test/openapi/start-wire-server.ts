import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came over the wire. */
export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An API that remembers what arrived; `/status/404` answers so. */
export interface WireServer extends AsyncDisposable {
  readonly url: string;
  /** In order; whoever looks empties it. */
  readonly arrived: Arrived[];
}

function answerPlainly({ url }: Arrived, response: ServerResponse): void {
  const status = /^\/status\/(\d{3})/.exec(url)?.[1];
  response.writeHead(Number(status ?? 200), { 'content-type': 'application/json' });
  response.end('{"ok":true}');
}

/** Starts it on a free port of 127.0.0.1; `answer` takes the place of its own answers. */
export async function startWireServer(
  answer: (request: Arrived, response: ServerResponse) => void = answerPlainly,
): Promise<WireServer> {
  const arrived: Arrived[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.once('end', () => {
      const { url = '', method = '', headers } = incoming;
      const body = Buffer.concat(chunks).toString('utf8');
      const request = { method, url, headers, body };
      arrived.push(request);
      answer(request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
