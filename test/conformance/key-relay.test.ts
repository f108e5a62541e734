import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  createServer,
  request as openRequest,
  type IncomingMessage,
  type RequestListener,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { startKeyRelay } from './key-relay.ts';

async function withRelay(serve: RequestListener, use: (url: string) => Promise<void>) {
  const target = createServer(serve).listen(0, '127.0.0.1');
  await once(target, 'listening');
  const { port } = target.address() as AddressInfo;
  const relay = await startKeyRelay(`http://127.0.0.1:${port}`, 'secret');
  try {
    await use(relay.url);
  } finally {
    await relay.close();
    const closed = once(target, 'close');
    target.close();
    target.closeAllConnections();
    await closed;
  }
}

async function openStream(url: string, headers: Record<string, string> = {}) {
  const request = openRequest(`${url}/stream?q=1`, { method: 'POST', headers, agent: false });
  request.end('{"a":1}');
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { request, response };
}

test('the key is added, a foreign one is replaced, and the rest is passed on', async () => {
  const seen: { headers?: IncomingMessage['headers']; url?: string; body?: string } = {};
  const serve: RequestListener = (request, response) => {
    Object.assign(seen, { headers: request.headers, url: request.url, body: '' });
    request.on('data', (chunk: Buffer) => (seen.body += chunk.toString()));
    request.on('end', () => response.writeHead(418, { 'x-answer': 'yes' }).end('short'));
  };
  await withRelay(serve, async (url) => {
    const host = 'evil.example.com';
    const headers = { host, origin: `http://${host}`, authorization: 'Bearer other' };
    const { response } = await openStream(url, headers);
    assert.equal(Buffer.concat(await response.toArray()).toString(), 'short');
    assert.equal(response.statusCode, 418);
    assert.equal(response.headers['x-answer'], 'yes');
  });
  assert.equal(seen.headers?.authorization, 'Bearer secret');
  assert.equal(seen.headers?.host, 'evil.example.com');
  assert.equal(seen.headers?.origin, 'http://evil.example.com');
  assert.equal(seen.url, '/stream?q=1');
  assert.equal(seen.body, '{"a":1}');
});

test('events pass while the stream is open, and a client that leaves closes it', async () => {
  const gone = Promise.withResolvers<void>();
  const serve: RequestListener = (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
    response.once('close', () => gone.resolve());
  };
  await withRelay(serve, async (url) => {
    const { request, response } = await openStream(url);
    const [chunk] = (await once(response, 'data')) as [Buffer];
    assert.equal(chunk.toString(), 'data: 1\n\n');
    response.once('error', () => undefined);
    request.destroy();
    await gone.promise;
  });
});

test('a server that breaks off in the middle breaks off for the client too', async () => {
  const serve: RequestListener = (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n', () => response.destroy());
  };
  await withRelay(serve, async (url) => {
    const { response } = await openStream(url);
    await assert.rejects(response.toArray(), /aborted/);
  });
});
