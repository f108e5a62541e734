import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import type { JsonObject } from '../../src/kernel/json.ts';
import { envelope } from './mcp-post.ts';
import { testKeys } from './start-doors.ts';

/** A test's end of a WebSocket conversation. */
export interface SocketTalk {
  readonly socket: WebSocket;
  /** Every message that came. */
  readonly came: JsonObject[];
  say(message: unknown): void;
  /** Resolves with the first message, past or coming, that fits. */
  next(fits: (message: JsonObject) => boolean): Promise<JsonObject>;
  /** Resolves with code and reason once the socket is closed. */
  readonly closed: Promise<readonly [number, string]>;
}

/** Opens a WebSocket with the key of tenant A, another `authorization`, or '' for none. */
export async function talkSocket(
  url: string,
  path: string,
  options: ClientOptions = {},
  protocols: readonly string[] = ['mcp'],
): Promise<SocketTalk> {
  const { authorization = `Bearer ${testKeys.a}`, ...others } = options.headers ?? {};
  const headers = authorization === '' ? others : { authorization, ...others };
  const address = `${url.replace('http', 'ws')}${path}`;
  const socket = new WebSocket(address, [...protocols], { ...options, headers });
  const came: JsonObject[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data: Buffer) => {
    came.push(JSON.parse(data.toString('utf8')) as JsonObject);
    for (const one of waiting) one();
  });
  const closed = new Promise<readonly [number, string]>((resolve) => {
    socket.once('close', (code, reason) => resolve([code, reason.toString()]));
  });
  await once(socket, 'open');
  socket.on('error', () => {});
  return {
    socket,
    came,
    closed,
    say: (message) => {
      socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    },
    next: (fits) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = came.find(fits);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** The status with which a handshake is refused. */
export async function refusedStatus(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  protocols: readonly string[] = ['mcp'],
): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, [...protocols], { headers });
  socket.on('error', () => {});
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    { statusCode: number; resume(): void },
  ];
  response.resume();
  return response.statusCode;
}

/** A modern request. */
export function modernRequest(
  id: unknown,
  method: string,
  params: JsonObject = {},
  more: JsonObject = {},
): JsonObject {
  const message = { jsonrpc: '2.0', method, params: { ...params, _meta: envelope({}, more) } };
  return { ...message, id: id as string };
}

/** A legacy request. */
export function legacyRequest(id: unknown, method: string, params: JsonObject = {}): JsonObject {
  return { jsonrpc: '2.0', id: id as string, method, params };
}

/** The request that opens a legacy conversation. */
export const initializeRequest: JsonObject = legacyRequest('init', 'initialize', {
  protocolVersion: '2025-11-25',
  capabilities: { elicitation: {} },
  clientInfo: { name: 'test', version: '1' },
});
