import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  hostHeaderValidation,
  localhostHostValidation,
  localhostOriginValidation,
  toNodeHandler,
} from '@modelcontextprotocol/node';
import { createMcpHandler, type McpServerFactory } from '@modelcontextprotocol/server';
import type { Environment } from './open-service.ts';

/** A server that listens. */
export interface HttpServing {
  /** The MCP endpoint. */
  readonly url: string;
  close(): Promise<void>;
}

type Guard = (request: IncomingMessage, response: ServerResponse) => boolean;

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Serves MCP over streamable HTTP at `/mcp` on `HOST` (127.0.0.1) and `PORT` (3000). A client
 * must send `AUTH_TOKEN` as bearer token when there is one; without it only this machine is served.
 */
export async function serveHttp(
  make: McpServerFactory,
  environment: Environment,
  onerror: (error: Error) => void,
): Promise<HttpServing> {
  const host = environment['HOST'] ?? '127.0.0.1';
  const port = portOf(environment['PORT'] ?? '3000');
  const token = environment['AUTH_TOKEN'] ?? '';
  const isLocal = LOOPBACK.has(host);
  if (!isLocal && token === '') {
    throw new Error(`Set AUTH_TOKEN to listen on ${host}: other machines can reach it.`);
  }
  const guards = [...addressGuards(isLocal, environment), ...tokenGuards(token)];
  const handler = createMcpHandler(make, { onerror });
  const mcp = toNodeHandler(handler);
  const server = createHttpServer((request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (path === '/health') return void response.writeHead(200).end('ok');
    if (path !== '/mcp') return void response.writeHead(404).end();
    if (guards.every((admits) => admits(request, response))) {
      void mcp(request as Parameters<typeof mcp>[0], response);
    }
  });
  server.listen(port, host);
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/mcp`,
    close: async () => {
      await handler.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new Error('PORT must be a number from 0 to 65535.');
}

/** A page in a browser must not reach a local server by a name of its own. */
function addressGuards(isLocal: boolean, environment: Environment): readonly Guard[] {
  const named = (environment['ALLOWED_HOSTS'] ?? '').split(',').filter((name) => name !== '');
  if (named.length > 0) return [hostHeaderValidation(named)];
  return isLocal ? [localhostHostValidation(), localhostOriginValidation()] : [];
}

function tokenGuards(token: string): readonly Guard[] {
  if (token === '') return [];
  const wanted = digest(`Bearer ${token}`);
  const guard: Guard = (request, response) => {
    if (timingSafeEqual(digest(request.headers.authorization ?? ''), wanted)) return true;
    response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    return false;
  };
  return [guard];
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
