import assert from 'node:assert/strict';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { after, describe, it } from 'node:test';
import { Cancellation } from '../kernel/cancellation.ts';
import { limits } from '../kernel/limits.ts';
import { HttpEgress } from './http-egress.ts';

const servers: { close(): unknown }[] = [];
const sockets = new Set<Socket>();
const egress = new HttpEgress({
  policy: { allowHosts: ['127.0.0.1'] },
  resolve: (host) => Promise.resolve(host === 'rebind.example' ? ['10.0.0.1'] : []),
});

after(async () => {
  await egress[Symbol.asyncDispose]();
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});

async function urlOf(server: Server): Promise<string> {
  servers.push(server);
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const http = (listener: RequestListener): Promise<string> => urlOf(createHttpServer(listener));
const raw = (answer: string): Promise<string> =>
  urlOf(createTcpServer((socket) => socket.once('data', () => socket.end(answer))));

describe('HttpEgress', () => {
  it('sends method, exact path, headers and body, and reuses the connection', async () => {
    let connections = 0;
    const seen: string[] = [];
    const server = createHttpServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        seen.push(`${request.method} ${request.url} ${String(request.headers['x-a'])} ${body}`);
        response.end('ok');
      });
    }).on('connection', () => connections++);
    const url = await urlOf(server);
    for (let call = 0; call < 3; call++) {
      const headers = { 'X-A': 'é' };
      const response = await egress.request({
        url: `${url}/a/..%2e/b?q=%zz`,
        method: 'POST',
        headers,
        body: 'grüße',
      });
      assert.equal((await response.bytes()).toString(), 'ok');
    }
    assert.equal(connections, 1);
    assert.deepEqual(new Set(seen), new Set(['POST /a/..%2e/b?q=%zz é grüße']));
  });

  it('reads large bodies whole or in chunks, pausing their sender', async () => {
    const size = 3 * 1024 * 1024;
    let sent = 0;
    const url = await http((_, response) => {
      response.writeHead(200);
      const write = (): void => {
        while (sent < size) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536, 0x61)))
            return void response.once('drain', write);
        }
        response.end();
      };
      write();
    });
    const whole = await egress.request({ url, method: 'GET', headers: {} });
    assert.equal((await whole.bytes()).length, size);
    sent = 0;
    const streamed = await egress.request({ url, method: 'GET', headers: {} });
    let received = 0;
    for await (const chunk of streamed.stream()) received += chunk.length;
    assert.equal(received, size);
  });

  it('refuses a body above the bound and drops its connection', async () => {
    const url = await http((_, response) => response.end(Buffer.alloc(100_000)));
    const response = await egress.request({ url, method: 'GET', headers: {} });
    await assert.rejects(response.bytes(99_999), { code: 'upstream_failed' });
    const again = await egress.request({ url, method: 'GET', headers: {} });
    assert.equal((await again.bytes(100_000)).length, 100_000);
  });

  it('takes limits.upstreamResultBytesMax of an answer and not one byte more', async () => {
    const most = limits.upstreamResultBytesMax;
    const url = await http((request, response) =>
      response.end(Buffer.alloc(request.url === '/most' ? most : most + 1)),
    );
    const fits = await egress.request({ url: `${url}/most`, method: 'GET', headers: {} });
    assert.equal((await fits.bytes()).length, most);
    const over = await egress.request({ url: `${url}/over`, method: 'GET', headers: {} });
    await assert.rejects(over.bytes(), { code: 'upstream_failed' });
  });

  it('waits limits.upstreamHeadersMs for the head of an answer', async (test) => {
    const url = await urlOf(createTcpServer(() => {}));
    test.mock.timers.enable({ apis: ['setInterval', 'Date'], now: Date.now() });
    await using patient = new HttpEgress({ policy: { allowHosts: ['127.0.0.1'] } });
    const opened = sockets.size;
    let failed: unknown = null;
    const late = patient.request({ url, method: 'GET', headers: {} }).catch((error: unknown) => {
      failed = error;
    });
    while (sockets.size === opened) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    test.mock.timers.tick(limits.upstreamHeadersMs - 1_000);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(failed, null);
    test.mock.timers.tick(2_000);
    await late;
    assert.equal((failed as unknown as { code?: string }).code, 'upstream_timeout');
  });

  it('names a denied, an unknown, a closed and a nonsensical address', async () => {
    const ask = (url: string): Promise<unknown> =>
      egress.request({ url, method: 'GET', headers: {} });
    await assert.rejects(ask('http://[::1]:1/'), { code: 'egress_denied' });
    // Other spellings of an address are that address.
    await assert.rejects(ask('http://2130706433:1/'), { code: 'upstream_unavailable' });
    await assert.rejects(ask('http://rebind.example:1/'), { code: 'egress_denied' });
    await assert.rejects(ask('http://127.0.0.1:1/'), { code: 'upstream_unavailable' });
    for (const url of [
      'ftp://a/',
      'http://u:p@a/',
      'nonsense',
      'http://a/b c',
      'http://a/\r\nx: y',
    ]) {
      await assert.rejects(ask(url), { code: 'egress_denied' }, url);
    }
  });

  it('sends no header that could end a line', async () => {
    const url = await http((_, response) => response.end());
    for (const headers of [{ a: 'b\r\nc: d' }, { 'a\r\nb': 'c' }, { a: '\u0000' }, { a: '世界' }]) {
      await assert.rejects(egress.request({ url, method: 'GET', headers }), {
        code: 'invalid_params',
      });
    }
  });

  it('fails a broken, a cut and a late answer', async () => {
    const answers = [
      'nonsense\r\n\r\n',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(limits.upstreamHeadBytesMax)}`,
      '',
    ];
    for (const answer of answers) {
      const url = await raw(answer);
      await assert.rejects(egress.request({ url, method: 'GET', headers: {} }), {
        code: 'upstream_failed',
      });
    }
    const cut = await egress.request({
      url: await raw('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc'),
      method: 'GET',
      headers: {},
    });
    await assert.rejects(cut.bytes(), { code: 'upstream_failed' });
    const silent = await urlOf(createTcpServer(() => {}));
    const late = egress.request({ url: silent, method: 'GET', headers: {}, headersTimeoutMs: 50 });
    await assert.rejects(late, { code: 'upstream_timeout' });
  });

  it('drops the exchange when it is cancelled, before and during the body', async () => {
    let closed = 0;
    const url = await http((request, response) => {
      response.on('close', () => closed++);
      if (request.url === '/body') response.write('x');
    });
    const before = new Cancellation();
    const pending = egress.request({ url, method: 'GET', headers: {}, cancellation: before });
    setTimeout(() => before.cancel('client_gone'), 30);
    await assert.rejects(pending, { code: 'cancelled' });
    const during = new Cancellation();
    const response = await egress.request({
      url: `${url}/body`,
      method: 'GET',
      headers: {},
      cancellation: during,
    });
    const body = response.bytes();
    during.cancel('client_gone');
    await assert.rejects(body, { code: 'cancelled' });
    while (closed < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('lends the body to a sink chunk by chunk, and leaves it what it keeps', async () => {
    const sent = Buffer.from(Array.from({ length: 900_000 }, (_, index) => (index * 31) % 251));
    const url = await http((request, response) => {
      const chunked = request.url === '/chunked';
      response.writeHead(200, chunked ? {} : { 'content-length': sent.length });
      response.end(sent);
    });
    for (const path of ['/', '/chunked']) {
      const kept: Buffer[] = [];
      const fates = { accepted: 0, chunks: 0 };
      const response = await egress.request({
        url: url + path,
        method: 'GET',
        headers: {},
        sink: {
          accepts: ({ status, bodyBytes }) => {
            fates.accepted++;
            assert.deepEqual([status, bodyBytes], [200, path === '/' ? sent.length : undefined]);
            return true;
          },
          chunk: (bytes) => {
            fates.chunks++;
            kept.push(bytes);
            return 'kept';
          },
        },
      });
      assert.equal(Buffer.concat(kept).equals(sent), true);
      assert.ok(fates.chunks > 1);
      assert.equal((await response.bytes()).length, 0);
    }
  });

  it('lets a chunk wait for the rest only where the rest is known to have room', async () => {
    const ends = [
      'content-length: 12\r\n\r\nfirst second',
      'connection: close\r\n\r\nfirst second',
    ];
    for (const end of ends) {
      const offers: boolean[] = [];
      const seen: string[] = [];
      const url = await urlOf(
        createTcpServer((socket) => {
          socket.once('data', () => {
            socket.write(`HTTP/1.1 200 OK\r\n${end.slice(0, -6)}`);
            setTimeout(() => socket.end('second'), 20);
          });
        }),
      );
      await egress.request({
        url,
        method: 'GET',
        headers: {},
        sink: {
          accepts: () => true,
          chunk: (bytes, mayAwait) => {
            offers.push(mayAwait);
            seen.push(bytes.toString('latin1'));
            return mayAwait && seen.length === 1 ? 'awaiting' : 'taken';
          },
        },
      });
      const isKnown = end.startsWith('content-length');
      assert.equal(offers[0], isKnown);
      assert.deepEqual(seen, ['first ', isKnown ? 'first second' : 'second']);
    }
  });

  it('gives a refused body to the response, and a broken one to nobody', async () => {
    const url = await http((_, response) => response.end('whole'));
    for (const answers of [false, true]) {
      const response = await egress.request({
        url,
        method: 'GET',
        headers: {},
        sink: { accepts: () => answers, chunk: () => 'refused' },
      });
      assert.equal((await response.bytes()).toString(), 'whole');
    }
    const cut = await raw('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf');
    for (const target of [cut, url]) {
      const taken = egress.request({
        url: target,
        method: 'GET',
        headers: {},
        sink: {
          accepts: () => true,
          chunk: () => {
            if (target === url) throw new Error('not wanted');
            return 'taken';
          },
        },
      });
      await assert.rejects(taken, target === url ? /not wanted/ : { code: 'upstream_failed' });
    }
  });
});
