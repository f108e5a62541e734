import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { createEchoAnswers } from './upstream-answers.ts';
import type {
  EchoAnswer,
  EchoAnswers,
  EncodedResult,
  ReceivedMessage,
} from './upstream-answers.ts';
import { serveParent } from './worker-side.ts';

/** One request as read from a connection. */
interface UpstreamRequest {
  readonly method: string;
  readonly path: string;
  readonly head: string;
  readonly body: Buffer;
}

/** Below this a result is written in one piece with its head; above, without copying it. */
const ONE_WRITE_BYTES_MAX = 16_384;

/**
 * Creates the echo MCP server: `/modern` speaks 2026-07-28, `/legacy` 2025-11-25 with sessions.
 * It sits on bare sockets so that it costs less than anything measured in front of it.
 */
export function createUpstream(): Server {
  const answers = createEchoAnswers();
  const sessions = new Set<string>();
  return createServer({ noDelay: true }, (socket) => {
    let pending: Buffer | undefined;
    socket.on('error', () => socket.destroy());
    socket.on('data', (input: Buffer) => {
      let rest = pending === undefined ? input : Buffer.concat([pending, input]);
      pending = undefined;
      while (rest.length > 0) {
        const read = readRequest(rest);
        if (read === undefined) {
          pending = rest;
          return;
        }
        rest = rest.subarray(read.bytes);
        answer(socket, read.request, answers, sessions);
      }
    });
  });
}

function readRequest(
  input: Buffer,
): { readonly request: UpstreamRequest; readonly bytes: number } | undefined {
  const end = input.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = input.toString('latin1', 0, end + 2);
  const length = Number(headerOf(head, 'content-length') ?? 0);
  const bytes = end + 4 + length;
  if (input.length < bytes) return undefined;
  const methodEnd = head.indexOf(' ');
  const path = head.slice(methodEnd + 1, head.indexOf(' ', methodEnd + 1));
  const body = input.subarray(end + 4, bytes);
  return { request: { method: head.slice(0, methodEnd), path, head, body }, bytes };
}

function answer(
  socket: Socket,
  request: UpstreamRequest,
  answers: EchoAnswers,
  sessions: Set<string>,
): void {
  const era = request.path.startsWith('/legacy') ? 'legacy' : 'modern';
  const session = era === 'legacy' ? headerOf(request.head, 'mcp-session-id') : undefined;
  if (request.method === 'DELETE' && session !== undefined) {
    sessions.delete(session);
    return writeEmpty(socket, '200 OK');
  }
  if (request.method !== 'POST') return writeEmpty(socket, '405 Method Not Allowed');
  if (request.body.length === 0) return writeEmpty(socket, '411 Length Required');
  const message = readMessage(request.body.toString('utf8'));
  if (era === 'modern') return writeAnswer(socket, message, answers(era, message), '');
  if (message.method === 'initialize') {
    const opened = randomUUID();
    sessions.add(opened);
    return writeAnswer(socket, message, answers(era, message), `Mcp-Session-Id: ${opened}\r\n`);
  }
  if (session === undefined) return writeEmpty(socket, '400 Bad Request');
  if (!sessions.has(session)) return writeEmpty(socket, '404 Not Found');
  writeAnswer(socket, message, answers(era, message), '');
}

// Almost every message is such a call; matching its start costs a third of parsing it. A call
// that asks for progress is parsed, because its token stands further behind.
const CALL_START =
  /^\{"jsonrpc":"2\.0","id":(\d{1,15}),"method":"tools\/call","params":\{"name":"([\w-]+)"[,}]/;

function readMessage(text: string): ReceivedMessage {
  const start = CALL_START.exec(text);
  const [, id = '', name = ''] = start ?? [];
  if (start === null || name === 'echo-sse') return JSON.parse(text) as ReceivedMessage;
  return { id: Number(id), method: 'tools/call', params: { name } };
}

function writeAnswer(
  socket: Socket,
  message: ReceivedMessage,
  echo: EchoAnswer,
  headers: string,
): void {
  const id = JSON.stringify(message.id ?? null);
  switch (echo.kind) {
    case 'accepted':
      return writeEmpty(socket, '202 Accepted');
    case 'result':
      return writeResult(socket, id, echo.result, headers);
    case 'error': {
      const error = JSON.stringify({ code: echo.code, message: echo.text });
      const body = `{"jsonrpc":"2.0","id":${id},"error":${error}}`;
      const status = echo.status === 404 ? '404 Not Found' : '200 OK';
      socket.write(jsonHead(status, Buffer.byteLength(body), headers) + body);
      return;
    }
    case 'events':
    case 'held':
      return writeEvents(socket, id, echo);
  }
}

function writeResult(socket: Socket, id: string, result: EncodedResult, headers: string): void {
  const open = `{"jsonrpc":"2.0","id":${id},"result":`;
  const head = jsonHead('200 OK', Buffer.byteLength(open) + result.bytes.length + 1, headers);
  if (result.bytes.length <= ONE_WRITE_BYTES_MAX) {
    socket.write(`${head}${open}${result.json}}`, 'latin1');
    return;
  }
  socket.cork();
  socket.write(head + open);
  socket.write(result.bytes);
  socket.write('}');
  socket.uncork();
}

// One write per event: a stream that arrives in pieces is the point of the exercise.
function writeEvents(
  socket: Socket,
  id: string,
  echo: Extract<EchoAnswer, { kind: 'events' | 'held' }>,
): void {
  socket.write(
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n' +
      'X-Accel-Buffering: no\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  for (const event of echo.events) socket.write(eventChunk(event));
  if (echo.kind === 'held') return;
  const last = eventChunk(`{"jsonrpc":"2.0","id":${id},"result":${echo.result.json}}`);
  socket.write(`${last}0\r\n\r\n`);
}

function eventChunk(json: string): string {
  const event = `event: message\ndata: ${json}\n\n`;
  return `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`;
}

function jsonHead(status: string, bytes: number, headers: string): string {
  const type = 'Content-Type: application/json\r\n';
  return `HTTP/1.1 ${status}\r\n${type}${headers}Content-Length: ${bytes}\r\n\r\n`;
}

function writeEmpty(socket: Socket, status: string): void {
  socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
}

function headerOf(head: string, name: string): string | undefined {
  const lower = head.toLowerCase();
  const at = lower.indexOf(`\r\n${name}:`);
  if (at === -1) return undefined;
  const start = at + name.length + 3;
  return head.slice(start, head.indexOf('\r\n', start)).trim();
}

if (import.meta.main) await serveParent(createUpstream());
