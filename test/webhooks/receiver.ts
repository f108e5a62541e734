import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A message as it came. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Somebody who is told of events. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** What came on a path. */
  on(path: string): readonly Received[];
}

/** Answers a message; `count` is how many came on its path, this one counted. */
export type Answer = (response: ServerResponse, count: number, received: Received) => void;

/** Starts a receiver on a free port of 127.0.0.1 that answers each path in its way, else 204. */
export async function startReceiver(
  answers: Readonly<Record<string, Answer>> = {},
): Promise<Receiver> {
  const received: Received[] = [];
  const on = (path: string) => received.filter((one) => one.path === path);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      const body = Buffer.concat(chunks).toString('utf8');
      const one = { path, headers: request.headers, body };
      received.push(one);
      const answer = answers[path] ?? ((to) => void to.writeHead(204).end());
      answer(response, on(path).length, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    on,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
