import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendEvent, sendJson, startEvents, text, type WireMessage } from './http-fixture.ts';

/** Where a server takes its session ids. */
export type CarriedIn =
  | { readonly carrier: 'header'; readonly name: string }
  | { readonly carrier: 'query'; readonly name: string }
  | { readonly carrier: 'path' };

/** A legacy server that takes its session id in one place only. */
export interface CarryingServer extends AsyncDisposable {
  /** Base URL without a slash at the end. */
  readonly url: string;
  /** Requests of a session as they came: verb, path with query, and session headers. */
  readonly came: readonly { readonly verb: string; readonly url: string }[];
  /** Requests that carried the id in no place or in a wrong one. */
  readonly strays: readonly string[];
}

/** As hard to carry as an id may be. */
export const SESSION_ID = 'a/b?c=d&e#f%+$&';

interface Place {
  readonly path: string;
  readonly id: string | undefined;
  /** True when the id is in a place that was not asked for. */
  readonly isStray: boolean;
}

function placeOf(request: IncomingMessage, takes: CarriedIn): Place {
  const url = new URL(request.url ?? '/', 'http://h');
  const segments = url.pathname.split('/').filter((one) => one !== '' && one !== 'rpc');
  const inPath = segments.length > 1 ? decodeURIComponent(segments[1] as string) : undefined;
  const found = {
    path: inPath,
    query: takes.carrier === 'query' ? (url.searchParams.get(takes.name) ?? undefined) : undefined,
    header: takes.carrier === 'header' ? request.headers[takes.name.toLowerCase()] : undefined,
  };
  const own = request.headers['mcp-session-id'];
  const isOwnHeader = takes.carrier === 'header' && takes.name.toLowerCase() === 'mcp-session-id';
  const others = Object.entries(found).filter(([place]) => place !== takes.carrier);
  const isStray = others.some(([, id]) => id !== undefined) || (own !== undefined && !isOwnHeader);
  return { path: segments[0] ?? '', id: found[takes.carrier] as string | undefined, isStray };
}

/** Starts it: streamable HTTP on /mcp, the older transport on /sse with posts to /messages. */
export async function startCarryingServer(takes: CarriedIn): Promise<CarryingServer> {
  const came: { verb: string; url: string }[] = [];
  const strays: string[] = [];
  const streams = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const message = (body === '' ? {} : JSON.parse(body)) as WireMessage;
      const { path, id, isStray } = placeOf(request, takes);
      const isFirst = id === undefined && message.method === 'initialize' && path === 'mcp';
      if (message.method === 'server/discover') {
        sendJson(response, 400, undefined);
      } else if (path === 'sse' && request.method === 'GET') {
        startSse(response);
        streams.add(response);
      } else if (path === 'sse') {
        response.writeHead(405).end();
      } else if (isStray || (!isFirst && id !== SESSION_ID)) {
        strays.push(`${request.method} ${request.url}`);
        sendJson(response, 404, undefined);
      } else {
        came.push({ verb: request.method ?? '', url: request.url ?? '' });
        const [stream] = path === 'messages' ? streams : [];
        answer(message, request, response, stream);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    came,
    strays,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function startSse(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'mcp-session-id': SESSION_ID });
  response.write('event: endpoint\ndata: /messages\n\n');
}

function answer(
  { id, method, params }: WireMessage,
  request: IncomingMessage,
  response: ServerResponse,
  stream: ServerResponse | undefined,
): void {
  if (request.method === 'GET') {
    startEvents(response);
    return;
  }
  if (request.method === 'DELETE' || id === undefined) {
    response.writeHead(202).end();
    return;
  }
  const serverInfo = { name: 'carrying', version: '1' };
  const opened = { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo };
  const isOpening = method === 'initialize';
  const result = isOpening ? opened : text(params?.['arguments']);
  if (stream === undefined) {
    sendJson(response, 200, { id, result }, isOpening ? { 'mcp-session-id': SESSION_ID } : {});
  } else {
    response.writeHead(202).end();
    sendEvent(stream, { id, result });
  }
}
