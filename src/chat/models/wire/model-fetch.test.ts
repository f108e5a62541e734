import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { HttpEgress } from '../../../egress/http-egress.ts';
import { limits } from '../../../kernel/limits.ts';
import { createModelFetch } from './model-fetch.ts';

async function serve(t: TestContext, listener: RequestListener, idleMs = 5_000) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.0/8'] } });
  t.after(async () => {
    await egress[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const fetch = createModelFetch(egress, { firstByteMs: 5_000, idleMs });
  return { fetch, url: `http://127.0.0.1:${port}/v1`, server };
}

test('a redirect is followed within its origin, and its key goes nowhere else', async (t) => {
  const asked: (string | undefined)[] = [];
  const other = await serve(t, (request, response) => {
    asked.push(`other ${request.url}`);
    response.end();
  });
  const { fetch, url } = await serve(t, (request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    if (request.url === '/v1') response.writeHead(307, { location: '/near' }).end();
    else if (request.url === '/near') response.end('{}');
    else response.writeHead(308, { location: other.url }).end();
  });
  const headers = { authorization: 'Bearer k' };
  const post = (to: string) => fetch(to, { method: 'POST', headers, body: '{}' });
  assert.equal((await post(url)).status, 200);
  assert.deepEqual(asked.splice(0), ['POST /v1 Bearer k', 'POST /near Bearer k']);
  await assert.rejects(post(`${url}/far`), /redirects to another origin/);
  assert.deepEqual(asked, ['POST /v1/far Bearer k']);
});

test('a body arrives piece by piece, each before the next is sent', async (t) => {
  let next = (): void => {};
  const { fetch, url } = await serve(t, (_request, response) => {
    let sent = 0;
    next = () => (++sent > 3 ? response.end() : response.write(`piece ${sent}`));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    next();
  });
  const { body } = await fetch(url);
  const pieces: string[] = [];
  assert.ok(body);
  for await (const piece of body) {
    pieces.push(new TextDecoder().decode(piece));
    next();
  }
  assert.deepEqual(pieces, ['piece 1', 'piece 2', 'piece 3']);
});

test('who stops reading closes the connection, and so does who aborts', async (t) => {
  const { fetch, url, server } = await serve(t, (_request, response) => {
    response.writeHead(200).write('first');
  });
  const open = async (signal?: AbortSignal) => {
    const closed = once(server, 'connection').then(([socket]) => once(socket as never, 'close'));
    const { body } = await fetch(url, signal === undefined ? {} : { signal });
    const reader = body?.getReader();
    await reader?.read();
    return { reader, closed };
  };
  const left = await open();
  await left.reader?.cancel();
  await left.closed;
  const controller = new AbortController();
  const stopped = await open(controller.signal);
  const reason = new Error('enough');
  controller.abort(reason);
  await assert.rejects(async () => stopped.reader?.read(), reason);
  await stopped.closed;
  await assert.rejects(fetch(url, { signal: controller.signal }), reason);
});

test('answers are read to modelAnswerBytesMax, failures to modelErrorBytesMax', async (t) => {
  const { fetch, url } = await serve(t, (request, response) => {
    const [status, bytes] = (request.url ?? '').split('/').slice(2).map(Number);
    response.writeHead(status ?? 200).end(Buffer.alloc(bytes ?? 0, '\n'));
  });
  const lengthOf = async (status: number, bytes: number) =>
    (await (await fetch(`${url}/${status}/${bytes}`)).arrayBuffer()).byteLength;
  for (const [status, max] of [
    [200, limits.modelAnswerBytesMax],
    [500, limits.modelErrorBytesMax],
  ] as const) {
    assert.equal(await lengthOf(status, max), max);
    await assert.rejects(lengthOf(status, max + 1), { code: 'upstream_failed' });
  }
  assert.equal(await lengthOf(204, 0), 0);
});

test('a line is read to modelLineBytesMax, however many there are', async (t) => {
  const { fetch, url } = await serve(t, (request, response) => {
    const bytes = Number((request.url ?? '').split('/').at(-1));
    response.write(Buffer.alloc(bytes, 'x'));
    response.write('\n');
    response.end(Buffer.alloc(bytes, 'x'));
  });
  const read = async (bytes: number) => (await (await fetch(`${url}/${bytes}`)).text()).length;
  const max = limits.modelLineBytesMax;
  assert.equal(await read(max), 2 * max + 1);
  await assert.rejects(read(max + 1), { code: 'upstream_failed' });
});

test('a silence longer than idleMs ends it', async (t) => {
  const write: RequestListener = (_request, response) => response.writeHead(200).write('first');
  const { fetch, url } = await serve(t, write, 60);
  const answer = await fetch(url);
  await assert.rejects(answer.text(), { code: 'upstream_timeout' });
});
