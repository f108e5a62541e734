import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text, type WireMessage } from './http-fixture.ts';

/** A server of 2024-11-05: GET /sse, and POST to the address its stream names. */
export interface SseServer extends AsyncDisposable {
  readonly url: string;
  readonly got: WireMessage[];
  /** Ends every stream. */
  drop(): void;
}

/** Starts one; `address` is what the stream names, with the session added. */
export async function startSseServer(address = '/messages'): Promise<SseServer> {
  const got: WireMessage[] = [];
  const streams = new Map<string, ServerResponse>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    if (request.method === 'GET' && url.pathname === '/sse') {
      const session = String(streams.size + 1);
      streams.set(session, response);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`event: endpoint\ndata: ${address}?session=${session}\n\n`);
      return;
    }
    const stream = streams.get(url.searchParams.get('session') ?? '');
    if (request.method !== 'POST' || url.pathname !== '/messages' || stream === undefined) {
      response.writeHead(request.method === 'POST' ? 405 : 404).end();
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const message = JSON.parse(Buffer.concat(chunks).toString('utf8')) as WireMessage;
      got.push(message);
      response.writeHead(202).end();
      const reply = answerTo(message);
      if (reply !== undefined) {
        const data = JSON.stringify({ jsonrpc: '2.0', ...reply });
        stream.write(`event: message\ndata: ${data}\n\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/sse`,
    got,
    drop: () => {
      for (const stream of streams.values()) stream.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerTo({ id, method, params, result }: WireMessage): object | undefined {
  if (method === 'initialize') {
    const serverInfo = { name: 'sse', version: '1' };
    const capabilities = { tools: {}, prompts: {} };
    return { id, result: { protocolVersion: '2024-11-05', capabilities, serverInfo } };
  }
  if (method === undefined && id === 'q') return { id: 2, result: text(result) };
  if (method !== 'tools/call' || params?.['name'] === 'never') return undefined;
  if (params?.['name'] !== 'ask') return { id, result: text(params?.['arguments']) };
  return { id: 'q', method: 'roots/list' };
}
