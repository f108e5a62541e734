import {
  Agent,
  request as sendPlain,
  validateHeaderName,
  validateHeaderValue,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as SecureAgent, request as sendSecure } from 'node:https';
import { contentCodings } from '../../src/egress/content-codings.ts';
import { DecodedResponse } from '../../src/egress/decoded-response.ts';
import { GatewayError } from '../../src/kernel/errors.ts';
import { limits } from '../../src/kernel/limits.ts';
import type { Egress, EgressRequest, EgressResponse } from '../../src/kernel/egress.ts';

/** Bytes that may not stand in a request target (RFC 9112 §3.2). */
const TARGET_UNSAFE = /[\u0000-\u0020\u007f-\uffff#]/;
/** What every client sends: many APIs refuse who does not say what it is. */
const USUAL_HEADERS = { 'user-agent': 'mcp-gateway', 'accept-encoding': 'identity' };
const POOL = {
  keepAlive: true,
  // A server that names no keep-alive time closes after 5 s at the earliest (Node's default).
  timeout: 4_000,
  maxSockets: limits.upstreamConnectionsMax,
  maxFreeSockets: 16,
};

/**
 * Sends HTTP requests as they were built: path and query are not written anew, no header is added
 * but those of the framing and the usual two, redirects are answers, content comes decoded. Sizes
 * and times are bounded.
 */
export function createPlainEgress(): Egress {
  const agents = { plain: new Agent(POOL), secure: new SecureAgent(POOL) };
  const unsupported = (): Promise<never> =>
    Promise.reject(new GatewayError('egress_denied', 'Only HTTP requests are sent from here.'));
  return {
    request: (request) =>
      new Promise((resolve, reject) => {
        if (request.cancellation?.reason !== undefined) throw new GatewayError('cancelled');
        const client = open(request, agents);
        settle(client, request, resolve, reject);
        client.end(request.body);
      }),
    connect: unsupported,
    openWebSocket: unsupported,
  };
}

/** Where a request goes; its path and query stay as they were written. */
function targetOf(url: string): Record<'protocol' | 'hostname' | 'port' | 'path', string> {
  const slash = url.indexOf('/', url.indexOf('://') + 3);
  const path = slash === -1 ? '/' : url.slice(slash);
  const parsed = URL.canParse(url) && !TARGET_UNSAFE.test(path) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.username !== '') {
    const text = 'The URL must be http: or https:, without user name, spaces or a fragment.';
    throw new GatewayError('egress_denied', text);
  }
  const { protocol, hostname, port } = parsed;
  return { protocol, hostname, port, path };
}

function open(
  { url, method, headers, body }: EgressRequest,
  { plain, secure }: { readonly plain: Agent; readonly secure: SecureAgent },
): ClientRequest {
  const { protocol, hostname, port, path } = targetOf(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const options = { host, port, path, method, maxHeaderSize: limits.upstreamHeadBytesMax };
  const bytes = body === undefined ? undefined : Buffer.byteLength(body);
  const owesLength = bytes !== undefined || method === 'POST' || method === 'PUT';
  const framed = owesLength ? { ...headers, 'content-length': String(bytes ?? 0) } : headers;
  const full = { ...options, headers: { ...framed, ...usualBeside(headers) } };
  for (const [name, value] of Object.entries(headers)) {
    if (isSendable(name, value)) continue;
    throw new GatewayError('invalid_params', `The header ${name} cannot be sent as it is.`);
  }
  const client =
    protocol === 'https:'
      ? sendSecure({ ...full, agent: secure })
      : sendPlain({ ...full, agent: plain });
  // Without a body there is nothing to frame, whatever the method.
  if (!owesLength) client.useChunkedEncodingByDefault = false;
  return client;
}

function usualBeside(given: EgressRequest['headers']): Readonly<Record<string, string>> {
  const names = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  return Object.fromEntries(Object.entries(USUAL_HEADERS).filter(([name]) => !names.has(name)));
}

function isSendable(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

function settle(
  client: ClientRequest,
  { url, cancellation, headersTimeoutMs = limits.upstreamHeadersMs }: EgressRequest,
  resolve: (response: EgressResponse) => void,
  reject: (error: unknown) => void,
): void {
  const overdue = setTimeout(
    () => client.destroy(new GatewayError('upstream_timeout')),
    headersTimeoutMs,
  );
  const connecting = setTimeout(() => {
    const text = `Connecting to ${client.host} took too long.`;
    client.destroy(new GatewayError('upstream_timeout', text));
  }, limits.upstreamConnectMs);
  const forget = cancellation?.onCancel(() => client.destroy(new GatewayError('cancelled')));
  let isConnected = false;
  const connected = (): void => {
    isConnected = true;
    clearTimeout(connecting);
  };
  client.once('socket', (socket) => {
    if (client.reusedSocket) connected();
    else socket.once(client.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
  });
  client.on('error', (error) => {
    reject(isConnected || error instanceof GatewayError ? lost(error) : unreachable(url, error));
  });
  client.once('response', (incoming) => {
    clearTimeout(overdue);
    // A cut body is told to its reader; when there is none, nobody asks.
    incoming.on('error', () => {});
    resolve(responseOf(incoming, cancellation));
  });
  client.once('close', () => {
    clearTimeout(overdue);
    clearTimeout(connecting);
    forget?.();
  });
}

function responseOf(
  incoming: IncomingMessage,
  cancellation: EgressRequest['cancellation'],
): EgressResponse {
  const headers = Object.entries(incoming.headersDistinct).map(
    ([name, values]) => [name, (values ?? []).join(', ')] as const,
  );
  const stream = async function* (): AsyncIterable<Buffer> {
    try {
      for await (const chunk of incoming) yield chunk as Buffer;
    } catch (error) {
      throw cancellation?.reason === undefined ? lost(error) : new GatewayError('cancelled');
    }
  };
  const response: EgressResponse = {
    status: incoming.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    stream,
    discard: () => void incoming.destroy(),
    async bytes(bytesMax = limits.upstreamResultBytesMax) {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of stream()) {
        size += chunk.byteLength;
        if (size > bytesMax) throw new GatewayError('upstream_failed', 'The answer is too large.');
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
  };
  const codings = contentCodings(response.headers['content-encoding']);
  return codings === undefined ? response : new DecodedResponse(response, codings);
}

function lost(cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  const text = 'The connection to the service was lost before its answer was complete.';
  return new GatewayError('upstream_failed', text, { cause });
}

function unreachable(url: string, cause: Error): GatewayError {
  const { code = 'connection failed' } = cause as NodeJS.ErrnoException;
  const { hostname, port, protocol } = new URL(url);
  const text = `${hostname.replace(/^\[|\]$/g, '')}:${port || (protocol === 'https:' ? 443 : 80)}`;
  return new GatewayError('upstream_unavailable', `Cannot connect to ${text} (${code}).`, {
    cause,
  });
}
