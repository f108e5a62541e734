import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { GatewayError } from '../../../kernel/errors.ts';
import { toProblem } from '../to-problem.ts';
import type { OriginGuard } from '../origin-guard.ts';
import { formProblem } from './check-form.ts';
import { noteCertificate } from './client-certificate.ts';
import { clientOf } from './client-of.ts';
import { createCrossOrigin } from './cross-origin.ts';
import { createClientReader } from './trusted-proxies.ts';

/** What the edge is told by the configuration. */
export interface EdgeSettings {
  /** Addresses and CIDR blocks of proxies whose word on the client is taken. */
  readonly trustedProxies: readonly string[];
  /** Origins of pages that may read answers. */
  readonly allowedOrigins: readonly string[];
  /** Refuses foreign hosts before a browser's question is answered. */
  readonly originGuard?: OriginGuard;
}

/** What every request of `node:http` meets first. */
export interface Edge {
  /** False when the request is answered already. */
  take(request: IncomingMessage, response: ServerResponse): boolean;
  /** The same for a connection that is to become something else; a refused one is closed. */
  takeUpgrade(request: IncomingMessage, socket: Duplex): boolean;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** One year (RFC 6797 §6.1.1); only an encrypted answer may say so, and only of this one host. */
const STRICT_TRANSPORT = 'max-age=31536000';

/** Builds the edge. */
export function createEdge(settings: EdgeSettings): Edge {
  const { trustedProxies, allowedOrigins, originGuard } = settings;
  const readClient = createClientReader(trustedProxies);
  const crossOrigin = createCrossOrigin(allowedOrigins);
  return {
    take: (request, response) => {
      const problem = formProblem(request);
      if (problem !== undefined) {
        refuse(response, new GatewayError('invalid_request', problem));
        return false;
      }
      readClient(request);
      noteCertificate(request);
      const { headers, method = '' } = request;
      response.setHeader('X-Content-Type-Options', 'nosniff');
      if (clientOf(request).isEncrypted) {
        response.setHeader('Strict-Transport-Security', STRICT_TRANSPORT);
      }
      for (const [name, value] of Object.entries(crossOrigin.headersFor(headers.origin))) {
        response.setHeader(name, value as string);
      }
      if (!METHODS.includes(method)) {
        response.setHeader('Allow', METHODS.join(', '));
        refuse(response, new GatewayError('method_not_allowed'));
        return false;
      }
      const preflight = crossOrigin.preflight(request);
      if (preflight === undefined || originGuard?.(headers.host, headers.origin) === false) {
        return true;
      }
      response.writeHead(204, preflight).end();
      return false;
    },
    takeUpgrade: (request, socket) => {
      const problem = formProblem(request);
      if (problem === undefined) {
        readClient(request);
        noteCertificate(request);
        return true;
      }
      closeWith(socket, 400);
      return false;
    },
  };
}

/** Whatever follows on the connection is not to be trusted either. */
function refuse(response: ServerResponse, error: GatewayError): void {
  const body = Buffer.from(JSON.stringify(toProblem(error)));
  response.writeHead(error.status, {
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(body);
}

/** Ends a connection with a bare status. */
function closeWith(socket: Duplex, status: number): void {
  socket.on('error', () => {});
  socket.once('finish', () => socket.destroy());
  const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`;
  socket.end(`${line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
