import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  isJsonObject,
  objectMember,
  stringMember,
  type JsonObject,
} from '../../../src/kernel/json.ts';

/** What a tool does with its request; it answers by itself. */
export type EvilTool = (call: EvilCall) => void;

/** One call as the server got it. */
export interface EvilCall {
  readonly id: unknown;
  readonly params: JsonObject;
  readonly args: JsonObject;
  readonly headers: IncomingHttpHeaders;
  readonly response: ServerResponse;
  /** Answers with a text. */
  say(text: string): void;
}

const BODIES_KEPT = 100;
const cacheable = { resultType: 'complete', ttlMs: 60_000, cacheScope: 'public' } as const;

/** A modern MCP server over HTTP whose tools a case may replace. */
export class EvilUpstream implements AsyncDisposable {
  /** Calls of tools. */
  calls = 0;
  /** Calls whose client went away before the answer. */
  aborted = 0;
  readonly tools = new Map<string, EvilTool>();
  /** The headers of the latest call. */
  lastHeaders: IncomingHttpHeaders = {};
  lastBody = '';
  /** Bodies of the calls of tools, the oldest first. */
  readonly bodies: string[] = [];
  /** What a tool says of itself besides its name. */
  readonly described = new Map<string, JsonObject>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => this.#answer(request, Buffer.concat(pieces), response));
      request.on('error', () => {});
    });
    this.tools.set('work', ({ say }) => say('done'));
    this.tools.set('echo', ({ args, say }) => say(JSON.stringify(args)));
    this.tools.set('slow', ({ say, args, response }) => {
      const timer = setTimeout(() => say('slow'), Number(args['ms'] ?? 1_000));
      response.once('close', () => clearTimeout(timer));
    });
    // Never ends by itself.
    this.tools.set('chatty', ({ params, response }) => {
      const token = objectMember(params, '_meta')?.['progressToken'] ?? 0;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      let progress = 0;
      const write = (): void => {
        let isFlowing = true;
        while (isFlowing && !response.destroyed) {
          progress++;
          const message = { progressToken: token, progress, message: 'x'.repeat(8_192) };
          const note = { jsonrpc: '2.0', method: 'notifications/progress', params: message };
          isFlowing = response.write(`data: ${JSON.stringify(note)}\n\n`);
        }
      };
      response.on('drain', () => setImmediate(write));
      write();
    });
  }

  static async start(): Promise<EvilUpstream> {
    const upstream = new EvilUpstream();
    upstream.#server.listen(0, '127.0.0.1');
    await once(upstream.#server, 'listening');
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  /** Adds a tool with what it says of itself, or puts another in its place. */
  offer(name: string, described: JsonObject, tool: EvilTool): void {
    this.described.set(name, described);
    this.tools.set(name, tool);
  }

  /** Forgets what was called. */
  reset(): void {
    this.calls = 0;
    this.aborted = 0;
    this.bodies.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #answer(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const message: unknown = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
    if (!isJsonObject(message) || message['id'] === undefined) {
      response.writeHead(202).end();
      return;
    }
    const { id, method } = message;
    const send = (status: number, rest: JsonObject): void => {
      const text = JSON.stringify({ jsonrpc: '2.0', id: id ?? null, ...rest });
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    };
    if (method === 'server/discover') {
      const versions = { supportedVersions: ['2026-07-28'], capabilities: { tools: {} } };
      send(200, { result: { ...cacheable, ...versions } });
    } else if (method === 'tools/list') {
      const tools = [...this.tools.keys()].map((name) => ({
        name,
        inputSchema: { type: 'object' },
        ...this.described.get(name),
      }));
      send(200, { result: { ...cacheable, tools } });
    } else if (method === 'tools/call') {
      this.calls++;
      this.lastHeaders = request.headers;
      this.lastBody = body.toString('utf8');
      if (this.bodies.push(this.lastBody) > BODIES_KEPT) this.bodies.shift();
      response.once('close', () => {
        if (!response.writableFinished) this.aborted++;
      });
      const params = objectMember(message, 'params') ?? {};
      const tool = this.tools.get(stringMember(params, 'name') ?? '');
      const say = (text: string): void =>
        send(200, { result: { resultType: 'complete', content: [{ type: 'text', text }] } });
      const args = objectMember(params, 'arguments') ?? {};
      if (tool === undefined) send(200, { error: { code: -32602, message: 'Unknown tool' } });
      else tool({ id, params, args, headers: request.headers, response, say });
    } else send(404, { error: { code: -32601, message: 'Method not found' } });
  }
}
