import { request as send } from 'node:http';
import type { Egress, EgressRequest, EgressResponse } from '../../src/kernel/egress.ts';

/** A door that sends plain HTTP exactly as asked; for tests against loopback servers only. */
export const loopbackEgress: Egress = {
  connect: () => Promise.reject(new Error('this door sends HTTP only')),
  openWebSocket: () => Promise.reject(new Error('this door sends HTTP only')),
  request: (request) =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(request.url);
      const client = send(
        {
          hostname,
          port,
          path: request.url.slice(new URL(request.url).origin.length),
          method: request.method,
          headers: withLength(request),
          agent: false,
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.once('error', reject);
          incoming.once('end', () => {
            const headers = Object.entries(incoming.headers).map(([name, value]) => [
              name,
              Array.isArray(value) ? value.join(', ') : (value ?? ''),
            ]);
            const head = Object.fromEntries(headers) as Record<string, string>;
            resolve(answer(incoming.statusCode ?? 0, head, Buffer.concat(chunks)));
          });
        },
      );
      client.once('error', reject);
      client.end(request.body);
    }),
};

const withLength = (request: EgressRequest): Record<string, string> =>
  request.body === undefined
    ? { ...request.headers }
    : { ...request.headers, 'content-length': String(Buffer.byteLength(request.body)) };

function answer(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): EgressResponse {
  return {
    status,
    headers,
    bytes: () => Promise.resolve(body),
    stream: async function* () {
      yield await Promise.resolve(body);
    },
    discard: () => {},
  };
}
