import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { serveParent } from '../worker-side.ts';

/** A pooled connection; `onBytes` belongs to the exchange that holds the connection. */
interface UpstreamConnection {
  readonly socket: Socket;
  onBytes: (chunk: Buffer) => void;
  onLost: () => void;
}

/** Head of an upstream answer; the body's length is undefined when it comes in chunks. */
interface AnswerHead {
  readonly status: number;
  readonly headers: readonly string[];
  readonly bodyBytes: number | undefined;
}

/** Creates a proxy that hands requests and answers on as bytes and understands neither. */
export function createBytesProxy(upstreamPort: number): Server {
  const idle: UpstreamConnection[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const connection = idle.pop() ?? openConnection(upstreamPort, idle);
      passAnswer(connection, response, () => idle.push(connection));
      connection.socket.write(encodeRequest(request, chunks));
    });
  });
  server.keepAliveTimeout = 600_000;
  return server;
}

function openConnection(port: number, idle: UpstreamConnection[]): UpstreamConnection {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const connection = { socket, onBytes: () => undefined, onLost: () => undefined };
  socket.on('data', (chunk: Buffer) => (connection as UpstreamConnection).onBytes(chunk));
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    const at = idle.indexOf(connection);
    if (at !== -1) idle.splice(at, 1);
    (connection as UpstreamConnection).onLost();
  });
  return connection;
}

function encodeRequest(request: IncomingMessage, chunks: readonly Buffer[]): Buffer {
  let head = `${request.method} ${request.url} HTTP/1.1\r\n`;
  const raw = request.rawHeaders;
  for (let index = 0; index < raw.length; index += 2)
    head += `${raw[index]}: ${raw[index + 1]}\r\n`;
  return Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), ...chunks]);
}

function passAnswer(
  connection: UpstreamConnection,
  response: ServerResponse,
  release: () => void,
): void {
  let pending: Buffer | undefined;
  let head: AnswerHead | undefined;
  let remaining = 0;
  const end = (body?: Buffer): void => {
    connection.onLost = () => undefined;
    response.end(body);
    release();
  };
  connection.onLost = () => response.destroy();
  response.once('close', () => {
    if (!response.writableFinished) connection.socket.destroy();
  });
  connection.onBytes = (input) => {
    let chunk = pending === undefined ? input : Buffer.concat([pending, input]);
    pending = undefined;
    if (head === undefined) {
      const at = chunk.indexOf('\r\n\r\n');
      if (at === -1) {
        pending = chunk;
        return;
      }
      head = parseHead(chunk.toString('latin1', 0, at));
      chunk = chunk.subarray(at + 4);
      response.writeHead(head.status, head.headers as string[]);
      remaining = head.bodyBytes ?? 0;
    }
    if (head.bodyBytes !== undefined) {
      remaining -= chunk.length;
      if (remaining === 0) end(chunk);
      else if (chunk.length > 0) response.write(chunk);
      return;
    }
    pending = passChunks(chunk, response, end);
  };
}

/** Hands complete chunks on and returns the bytes that wait for more. */
function passChunks(input: Buffer, response: ServerResponse, end: () => void): Buffer | undefined {
  let rest = input;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n');
    const size = lineEnd === -1 ? 0 : Number.parseInt(rest.toString('latin1', 0, lineEnd), 16);
    if (lineEnd === -1 || rest.length < lineEnd + 2 + size + 2) return rest;
    if (size === 0) {
      end();
      return undefined;
    }
    response.write(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    rest = rest.subarray(lineEnd + 2 + size + 2);
  }
}

function parseHead(text: string): AnswerHead {
  const lines = text.split('\r\n');
  const headers: string[] = [];
  let bodyBytes: number | undefined;
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    const lower = name.toLowerCase();
    if (lower === 'content-length') bodyBytes = Number(value);
    // The server frames chunks anew by itself.
    if (lower !== 'transfer-encoding') headers.push(name, value);
  }
  return { status: Number(text.slice(9, 12)), headers, bodyBytes };
}

if (import.meta.main) await serveParent(createBytesProxy(Number(process.argv[2])));
