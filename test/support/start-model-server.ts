import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { LLMock, type JournalEntry, type MockServerOptions } from '@copilotkit/aimock';

/** The wires of model providers that the server speaks. */
export type ModelWire =
  | 'openai'
  | 'openai_chat'
  | 'anthropic'
  | 'google'
  | 'mistral'
  | 'azure'
  | 'bedrock'
  | 'openai_compatible';

/**
 * A server of language models over real HTTP on loopback that answers as it is told. `mock` takes
 * what is to be answered: `on(match, response, how)`, `nextRequestError(status)`. Give every answer
 * its `usage` in the words of the wire (its default is 0 or a guess), and tell turns apart with
 * `hasToolResult` or `turnIndex`, else a tool is called for ever.
 */
export interface ModelServer extends AsyncDisposable {
  readonly mock: LLMock;
  /** Without a slash at the end. */
  readonly origin: string;
  /** What an entry of a provider of this wire has as its base URL. */
  baseUrl(wire: ModelWire): string;
  /** What really arrived, the oldest first; credentials among the headers are blanked. */
  requests(): readonly JournalEntry[];
  /** The headers of what arrived, credentials as they were. */
  headers(): readonly IncomingHttpHeaders[];
  /** The bodies of what arrived, as text. */
  bodies(): readonly string[];
  /** The bodies byte for byte as they arrived; the journal keeps them in one form for all wires. */
  received(): readonly string[];
}

const PATHS: Readonly<Record<ModelWire, string>> = {
  openai: '/v1',
  openai_chat: '/v1',
  anthropic: '/v1',
  google: '/v1beta',
  mistral: '/v1',
  azure: '/openai',
  bedrock: '',
  openai_compatible: '/v1',
};

const REQUEST_STARTED = 'http.server.request.start';

/** Starts one on a port of its own. */
export async function startModelServer(options: MockServerOptions = {}): Promise<ModelServer> {
  const mock = new LLMock({ host: '127.0.0.1', port: 0, logLevel: 'silent', ...options });
  const origin = (await mock.start()).replace(/\/+$/, '');
  const headers: IncomingHttpHeaders[] = [];
  const port = Number(new URL(origin).port);
  const arrived: Buffer[][] = [];
  const note = (message: unknown): void => {
    const { request } = message as { readonly request: IncomingMessage };
    if (request.socket.localPort !== port) return;
    headers.push(request.headers);
    const chunks: Buffer[] = [];
    arrived.push(chunks);
    const push = request.push.bind(request);
    request.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (Buffer.isBuffer(chunk)) chunks.push(chunk);
      return push(chunk, encoding);
    };
  };
  subscribe(REQUEST_STARTED, note);
  return {
    mock,
    origin,
    baseUrl: (wire) => `${origin}${PATHS[wire]}`,
    requests: () => mock.getRequests(),
    bodies: () => mock.getRequests().map(({ body }) => JSON.stringify(body)),
    headers: () => headers,
    received: () => arrived.map((chunks) => Buffer.concat(chunks).toString('utf8')),
    [Symbol.asyncDispose]: async () => {
      unsubscribe(REQUEST_STARTED, note);
      await mock.stop();
    },
  };
}
