import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** What of a request the provider gets to see. */
export interface RequestView {
  readonly url: string;
  readonly baseUrl: string;
  /** The body that was read; undefined for a request without one. */
  readonly body: string | undefined;
}

/**
 * The request as it would be had its client asked the gateway directly under its public URL: a
 * library reads host and scheme from headers, and nothing that a client writes there may count.
 */
export function requestView(
  request: IncomingMessage,
  { url, baseUrl, body }: RequestView,
): IncomingMessage {
  const { host, protocol, pathname } = new URL(baseUrl);
  const basePath = pathname.replace(/\/+$/, '');
  const bytes = Buffer.from(body ?? '');
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !/^(x-)?forwarded|^x-real-ip$/.test(name)),
  );
  delete headers['transfer-encoding'];
  const view = Readable.from(body === undefined ? [] : [bytes], { objectMode: false });
  Object.assign(view, {
    method: request.method,
    url,
    originalUrl: `${basePath}${url}`,
    httpVersion: request.httpVersion,
    socket: request.socket,
    headers: {
      ...headers,
      host,
      'x-forwarded-proto': protocol.slice(0, -1),
      ...(body === undefined ? {} : { 'content-length': String(bytes.length) }),
    },
  });
  return view as unknown as IncomingMessage;
}

/** Reads a body of at most so many bytes; undefined when it is larger. */
export async function readBounded(
  request: IncomingMessage,
  bytesMax: number,
): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > bytesMax) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, size).toString('utf8');
}
