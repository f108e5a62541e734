import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A JSON-RPC message as a fixture sees it. */
export interface WireMessage {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: Readonly<Record<string, unknown>>;
}

/** One request as it came. */
export interface Seen {
  readonly verb: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly message: WireMessage;
}

/** An HTTP server of a test on a free port of the loopback. */
export interface HttpFixture extends AsyncDisposable {
  readonly url: string;
  readonly seen: Seen[];
  /** What was seen of this JSON-RPC method. */
  of(method: string): Seen[];
}

/** Answers one request; the message is empty when there is no body. */
export type Answer = (
  message: WireMessage,
  response: ServerResponse,
  request: IncomingMessage,
) => void;

/** Starts a server that keeps what it sees. */
export async function startHttpFixture(answer: Answer): Promise<HttpFixture> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const message = (text === '' ? {} : JSON.parse(text)) as WireMessage;
      seen.push({ verb: request.method ?? '', headers: request.headers, message });
      answer(message, response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    seen,
    of: (method) => seen.filter(({ message }) => message.method === method),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers with one JSON body. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: object | undefined,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? '' : JSON.stringify({ jsonrpc: '2.0', ...body }));
}

/** Starts an event stream. */
export function startEvents(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
}

/** Writes one message as an event. */
export function sendEvent(response: ServerResponse, body: object, id?: string): void {
  const idLine = id === undefined ? '' : `id: ${id}\n`;
  response.write(`${idLine}data: ${JSON.stringify({ jsonrpc: '2.0', ...body })}\n\n`);
}

/** A tool result with one text. */
export function text(value: unknown): object {
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return { content: [{ type: 'text', text: shown }] };
}
