import { once } from 'node:events';
import {
  createServer,
  request as openRequest,
  Agent,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** A relay that is listening. */
export interface KeyRelay {
  /** Base URL without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Copies raw headers without those of the given name. */
function without(rawHeaders: readonly string[], name: string): string[] {
  const kept: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [key = '', value = ''] = [rawHeaders[index], rawHeaders[index + 1]];
    if (key.toLowerCase() !== name) kept.push(key, value);
  }
  return kept;
}

function relay(
  target: URL,
  key: string,
  agent: Agent,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const headers = [
    ...without(incoming.rawHeaders, 'authorization'),
    'Authorization',
    `Bearer ${key}`,
  ];
  const { hostname, port } = target;
  const { method, url: path } = incoming;
  const upstream = openRequest({ hostname, port, method, path, headers, agent });
  upstream.on('response', (response) => {
    outgoing.writeHead(response.statusCode ?? 502, without(response.rawHeaders, 'connection'));
    outgoing.flushHeaders();
    response.pipe(outgoing);
    // A response cut off in the middle is cut off for the client too.
    response.once('close', () => {
      if (!response.complete) outgoing.destroy();
    });
  });
  upstream.once('error', () => {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502).end();
  });
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) upstream.destroy();
  });
  incoming.pipe(upstream);
}

/**
 * Starts a relay on a free port of 127.0.0.1 that passes everything on unchanged and adds an API
 * key. For clients that cannot send an Authorization header.
 */
export async function startKeyRelay(targetUrl: string, key: string): Promise<KeyRelay> {
  const target = new URL(targetUrl);
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    relay(target, key, agent, incoming, outgoing);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}
