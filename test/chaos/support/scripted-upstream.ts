import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject, objectMember, type JsonObject } from '../../../src/kernel/json.ts';

/** How the server behaves now. */
export type Behaviour = 'healthy' | 'silent' | 'slow' | Torrent;

/** Answers of calls that bring more than anybody should hold. */
export type Torrent = 'chatty' | 'large' | 'large events';

const SLOW_MS = 20_000;
const CHATTER_BYTES = 8 * 1024;
/** Near the most that the gateway takes of one answer. */
const LARGE = Buffer.alloc(15 * 1024 * 1024, 'x');
const PIECE_BYTES = 256 * 1024;
/** The pause between two torrents that are let go. */
const RELEASE_MS = 50;

/** An answer that never ends or is large, from its start until the gateway closed it. */
export interface TorrentLife {
  /** When the gateway last took what was written. */
  takenMs: number;
  closedMs: number | undefined;
}

/** A modern MCP server over HTTP whose behaviour a scenario changes while it runs. */
export class ScriptedUpstream implements AsyncDisposable {
  behaviour: Behaviour = 'healthy';
  /** Calls of tools that have arrived. */
  calls = 0;
  readonly torrents: TorrentLife[] = [];
  readonly #server: Server;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #held: (() => void)[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => this.#answer(Buffer.concat(pieces), response));
    });
  }

  /** Starts a healthy server on a free port of 127.0.0.1. */
  static async start(): Promise<ScriptedUpstream> {
    const upstream = new ScriptedUpstream();
    upstream.#server.listen(0, '127.0.0.1');
    await once(upstream.#server, 'listening');
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/mcp`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Lets all torrents go on behind their first piece, one after the other. */
  async release(): Promise<void> {
    for (const goOn of this.#held.splice(0)) {
      goOn();
      await sleep(RELEASE_MS);
    }
  }

  #answer(body: Buffer, response: ServerResponse): void {
    const message: unknown = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
    if (!isJsonObject(message) || message['id'] === undefined) {
      response.writeHead(202).end();
      return;
    }
    const { id = null } = message;
    if (message['method'] === 'tools/call') this.calls++;
    if (this.behaviour === 'silent') return;
    if (message['method'] === 'tools/call' && isTorrent(this.behaviour)) {
      this.#pour(message, response, this.behaviour);
      return;
    }
    const result = resultOf(message);
    if (result === undefined) {
      const error = { code: -32601, message: 'Method not found' };
      sendJson(response, 404, { jsonrpc: '2.0', id, error });
      return;
    }
    const send = (): void => sendJson(response, 200, { jsonrpc: '2.0', id, result });
    if (this.behaviour === 'slow') this.#later(SLOW_MS, send);
    else send();
  }

  #later(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }

  /**
   * Writes one piece and, once released, as fast as it is read until there is no more or somebody
   * closes the connection.
   */
  #pour(message: JsonObject, response: ServerResponse, torrent: Torrent): void {
    const life: TorrentLife = { takenMs: Date.now(), closedMs: undefined };
    this.torrents.push(life);
    const type = torrent === 'large' ? 'application/json' : 'text/event-stream';
    response.writeHead(200, { 'content-type': type });
    response.once('close', () => {
      life.closedMs = Date.now();
    });
    const pieces = torrent === 'chatty' ? chatter(message) : largeAnswer(message, torrent);
    const write = (): void => {
      let isFlowing = true;
      while (isFlowing && !response.destroyed) {
        const { value, done } = pieces.next();
        if (done === true) {
          response.end();
          return;
        }
        isFlowing = response.write(value);
      }
    };
    response.on('drain', () => {
      life.takenMs = Date.now();
      setImmediate(write);
    });
    response.write(pieces.next().value ?? '');
    this.#held.push(write);
  }
}

function isTorrent(behaviour: Behaviour): behaviour is Torrent {
  return behaviour === 'chatty' || behaviour === 'large' || behaviour === 'large events';
}

function* chatter(message: JsonObject): Generator<string | Buffer, void> {
  const meta = objectMember(objectMember(message, 'params'), '_meta');
  const progressToken = meta?.['progressToken'] ?? 0;
  for (let progress = 1; ; progress++) {
    const params = { progressToken, progress, message: 'x'.repeat(CHATTER_BYTES) };
    const note = { jsonrpc: '2.0', method: 'notifications/progress', params };
    yield `data: ${JSON.stringify(note)}\n\n`;
  }
}

function* largeAnswer({ id }: JsonObject, torrent: Torrent): Generator<string | Buffer, void> {
  const result = { resultType: 'complete', content: [{ type: 'text', text: '?' }] };
  const [head = '', tail = ''] = JSON.stringify({ jsonrpc: '2.0', id, result }).split('?');
  const isEvent = torrent === 'large events';
  // Long enough for a receiver to see what it is.
  const first = LARGE.toString('latin1', 0, PIECE_BYTES);
  yield `${isEvent ? 'data: ' : ''}${head}${first}`;
  for (let at = 0; at < LARGE.length; at += PIECE_BYTES) yield LARGE.subarray(at, at + PIECE_BYTES);
  yield isEvent ? `${tail}\n\n` : tail;
}

function sendJson(response: ServerResponse, status: number, body: JsonObject): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
  });
  response.end(bytes);
}

const cacheable = { resultType: 'complete', ttlMs: 60_000, cacheScope: 'public' } as const;

/** Any tool name is known, so that a caller can mark each call by its name. */
function resultOf({ method }: JsonObject): JsonObject | undefined {
  if (method === 'server/discover') {
    return { ...cacheable, supportedVersions: ['2026-07-28'], capabilities: { tools: {} } };
  }
  if (method === 'tools/list') {
    return { ...cacheable, tools: [{ name: 'work', inputSchema: { type: 'object' } }] };
  }
  if (method === 'tools/call') {
    return { resultType: 'complete', content: [{ type: 'text', text: 'done' }] };
  }
  return undefined;
}
