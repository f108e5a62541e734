import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request to a stand-in. */
export interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a vendor answers. */
export interface Said {
  readonly status: number;
  readonly body?: unknown;
}

/** How a request goes wrong: refused for now, or taken and then not told. */
export type Fault = 'none' | 'too_many' | 'broken' | 'error_after' | 'cut_after';

/** A vendor on this machine. */
export interface StandIn extends AsyncDisposable {
  readonly url: string;
  /** What goes wrong with the n-th request, from 0 on; nothing at first. */
  faultOf: (request: number) => Fault;
  readonly requests: number;
}

/** Starts a vendor on a free port of 127.0.0.1; `take` has effect before a fault is told. */
export async function startStandIn(take: (asked: Asked) => Said): Promise<StandIn> {
  let requests = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const fault = standIn.faultOf(requests++);
      if (fault === 'too_many') {
        response.writeHead(429, { 'retry-after': '7' }).end('{"error":{"message":"slow down"}}');
        return;
      }
      if (fault === 'broken') return void response.writeHead(503).end('{}');
      const body = Buffer.concat(chunks).toString('utf8');
      const said = take({ path: request.url ?? '', headers: request.headers, body });
      tell(response, said, fault);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const standIn: StandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faultOf: () => 'none',
    get requests() {
      return requests;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return standIn;
}

function tell(response: ServerResponse, { status, body }: Said, fault: Fault): void {
  if (fault === 'cut_after') return void response.socket?.destroy();
  if (fault === 'error_after') return void response.writeHead(500).end('{"error":{}}');
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json' }).end(text);
}
