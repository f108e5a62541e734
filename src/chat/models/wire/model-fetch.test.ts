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

test('a redirect is an answer: nothing goes where it points', async (t) => {
  const asked: (string | undefined)[] = [];
  const { fetch, url } = await serve(t, (request, response) => {
    asked.push(request.url);
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  const headers = { authorization: 'Bearer k' };
  const answer = await fetch(url, { method: 'POST', headers, body: '{}' });
  assert.equal(answer.status, 307);
  assert.deepEqual(asked, ['/v1']);
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
    response.writeHead(status ?? 200).end(Buffer.alloc(bytes ?? 0));
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

test('a silence longer than idleMs ends it', async (t) => {
  const write: RequestListener = (_request, response) => response.writeHead(200).write('first');
  const { fetch, url } = await serve(t, write, 60);
  const answer = await fetch(url);
  await assert.rejects(answer.text(), { code: 'upstream_timeout' });
});
