import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { Cancellation } from '../kernel/cancellation.ts';
import { HttpEgress } from './http-egress.ts';

const servers: Server[] = [];
const policy = { allowHosts: ['127.0.0.0/8', 'many.example'] };
const egress = new HttpEgress({ policy });

after(async () => {
  await egress[Symbol.asyncDispose]();
  for (const server of servers) {
    server.closeAllConnections?.();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const get = (url: string, method = 'GET') => egress.request({ url, method, headers: {} });
const text = async (url: string): Promise<string> => (await (await get(url)).bytes()).toString();

describe('User-Agent', () => {
  const echo: RequestListener = (request, response) =>
    void response.end(JSON.stringify([request.headers['user-agent'], request.headers['x-a']]));

  it('names the gateway, or what the operator set, unless the sender names itself', async () => {
    const url = await serve(echo);
    assert.deepEqual(JSON.parse(await text(url)), ['mcp-gateway', null]);
    const headers = { 'x-a': '1', 'User-Agent': 'own/1' };
    const named = await egress.request({ url, method: 'GET', headers });
    assert.deepEqual(JSON.parse((await named.bytes()).toString()), ['own/1', '1']);
    await using other = new HttpEgress({ policy, userAgent: 'acme-gateway/2 (ops@example.com)' });
    const set = await other.request({ url, method: 'POST', headers: {}, body: '{}' });
    const [agent] = JSON.parse((await set.bytes()).toString()) as string[];
    assert.equal(agent, 'acme-gateway/2 (ops@example.com)');
  });
});

describe('content codings', () => {
  const plain = Buffer.from(JSON.stringify({ words: 'ok '.repeat(2_000) }));
  const forms: Readonly<Record<string, Buffer>> = {
    gzip: gzipSync(plain),
    'X-GZIP': gzipSync(plain),
    deflate: deflateSync(plain),
    'deflate ': deflateRawSync(plain),
    br: brotliCompressSync(plain),
    zstd: zstdCompressSync(plain),
    'gzip, br': brotliCompressSync(gzipSync(plain)),
    'identity, gzip': gzipSync(plain),
    identity: plain,
    'utf-8': plain,
  };

  for (const [coding, bytes] of Object.entries(forms)) {
    it(`reads ${coding}, with a length and in chunks`, async () => {
      const url = await serve((request, response) => {
        assert.equal(request.headers['accept-encoding'], 'identity');
        const length = request.url === '/length' ? { 'content-length': bytes.length } : {};
        response.writeHead(200, { 'content-encoding': coding, ...length });
        response.end(bytes);
      });
      for (const path of ['/length', '/chunks']) {
        const response = await get(url + path);
        assert.equal(response.headers['content-encoding'], undefined);
        assert.ok((await response.bytes()).equals(plain), path);
      }
    });
  }

  it('hands out what came of a stream before it ends', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.write(gzipSync('data: one\n\n').subarray(0, -8));
    });
    const response = await get(url);
    for await (const piece of response.stream()) {
      assert.equal(piece.toString(), 'data: one\n\n');
      break;
    }
  });

  it('bounds what comes out, at the last byte and one beyond', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(Buffer.alloc(100_000)));
    });
    assert.equal((await (await get(url)).bytes(100_000)).length, 100_000);
    await assert.rejects(async () => (await get(url)).bytes(99_999), /more than the gateway/);
  });

  it('names a coding it does not read, and content that is not what it is named', async () => {
    let coding = 'compress';
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': coding });
      response.end('plain');
    });
    const code = 'upstream_failed';
    await assert.rejects(async () => (await get(url)).bytes(), { code, message: /"compress"/ });
    coding = 'gzip';
    await assert.rejects(async () => (await get(url)).bytes(), { code, message: /named gzip/ });
    coding = 'br, br, br, br';
    await assert.rejects(async () => (await get(url)).bytes(), { code, message: /"br, br/ });
  });
});

describe('answers without content', () => {
  it('are empty whatever coding they name', async () => {
    const url = await serve((request, response) => {
      const status = Number(request.url?.slice(1));
      const length = request.method === 'PUT' || status === 205 ? { 'content-length': 0 } : {};
      response.writeHead(status, { 'content-encoding': 'gzip', ...length });
      response.end();
    });
    for (const [method, status] of [
      ['HEAD', 200],
      ['DELETE', 204],
      ['GET', 304],
      ['PUT', 200],
      ['POST', 205],
      ['POST', 200],
    ] as const) {
      const response = await get(`${url}/${status}`, method);
      assert.equal(response.status, status);
      assert.equal((await response.bytes()).length, 0, `${method} ${status}`);
    }
  });

  it('a 205 has none though bytes follow, and does not wait for any', async () => {
    const answers = ['content-length: 4\r\n\r\noops', '\r\n'];
    const server = createTcpServer((socket) =>
      socket.on('data', () => socket.write(`HTTP/1.1 205 Reset\r\n${answers.shift()}`)),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (let call = 0; call < 2; call++) assert.equal(await text(url), '');
    server.close();
  });
});

describe('redirects', () => {
  it('307 and 308 are followed within the origin, with method and body', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/mcp') return response.writeHead(307, { location: '/mcp/' }).end('no');
      if (request.url === '/mcp/') {
        return response.writeHead(308, { location: `http://${request.headers.host}/b?c=d` }).end();
      }
      let body = '';
      request.on('data', (piece) => (body += String(piece)));
      const { method, url: path, headers } = request;
      request.on('end', () => response.end([method, path, String(headers['x-a']), body].join(' ')));
      return undefined;
    });
    const headers = { 'x-a': '1' };
    const response = await egress.request({
      url: `${url}/mcp`,
      method: 'POST',
      headers,
      body: 'é',
    });
    assert.equal((await response.bytes()).toString(), 'POST /b?c=d 1 é');
  });

  it('another origin is refused by name and told nothing; a circle ends', async () => {
    let asked = 0;
    const other = await serve((_request, response) => void (asked++, response.end()));
    const url = await serve((request, response) => {
      const location = request.url === '/round' ? '/round' : `${other}/mcp`;
      response.writeHead(308, { location }).end();
    });
    const code = 'upstream_failed';
    await assert.rejects(get(`${url}/mcp`), { code, message: new RegExp(`${other}/mcp`) });
    assert.equal(asked, 0);
    await assert.rejects(get(`${url}/round`), { code, message: /more than 5 times/ });
  });

  it('other redirects are answers', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(302, { location: '/x' }).end();
    });
    assert.equal((await get(url)).status, 302);
  });
});

describe('a kept connection that the other side closes', () => {
  /** Answers once on a connection and closes it, without a word, at the next request. */
  async function closing(): Promise<{ url: string; seen: string[] }> {
    const seen: string[] = [];
    const server = createTcpServer((socket) => {
      let answered = false;
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        seen.push(bytes.toString().slice(0, bytes.indexOf(' ')));
        if (answered) return socket.destroy();
        answered = true;
        return socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    after(() => server.close());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
  }

  it('is replaced once for what changes nothing', async () => {
    const { url, seen } = await closing();
    assert.equal(await text(url), 'ok');
    assert.equal(await text(url), 'ok');
    assert.deepEqual(seen, ['GET', 'GET', 'GET']);
    const list = { url, method: 'POST', headers: {}, body: 'list', isSafe: true };
    assert.equal((await (await egress.request(list)).bytes()).toString(), 'ok');
  });

  it('is an error for what may have changed something', async () => {
    const { url, seen } = await closing();
    assert.equal(await text(url), 'ok');
    await assert.rejects(get(url, 'POST'), { code: 'upstream_failed' });
    assert.deepEqual(seen, ['GET', 'POST']);
  });
});

describe('several addresses', () => {
  it('the next is tried beside one that does not answer, and each is guarded', async () => {
    const url = await serve((_request, response) => void response.end('ok'));
    // The second is refused at once, the first belongs to nobody here and swallows what is sent.
    const resolve = () => Promise.resolve(['10.255.255.1', '127.0.0.2', '::1', '127.0.0.1']);
    await using many = new HttpEgress({ policy, resolve });
    const { port } = new URL(url);
    const startedMs = Date.now();
    const target = `http://many.example:${port}`;
    const response = await many.request({ url: target, method: 'GET', headers: {} });
    assert.equal((await response.bytes()).toString(), 'ok');
    assert.ok(Date.now() - startedMs < 4_000, 'the first address was not waited for');
    const closed = new HttpEgress({ policy: { allowHosts: [] }, resolve });
    const refused = closed.request({ url: target, method: 'GET', headers: {} });
    await assert.rejects(refused, { code: 'egress_denied' });
    await closed[Symbol.asyncDispose]();
  });

  it('a resolver that hangs costs no more time than there is', async () => {
    await using slow = new HttpEgress({ policy, resolve: () => new Promise(() => {}) });
    const url = 'http://many.example:1';
    const asked = slow.request({ url, method: 'GET', headers: {}, headersTimeoutMs: 50 });
    await assert.rejects(asked, { code: 'upstream_timeout', message: /many\.example:1.*connect/ });
  });

  it('an answer that does not begin names the service and the phase', async () => {
    const url = await serve(() => {});
    const cancellation = new Cancellation();
    const asked = egress.request({
      url,
      method: 'GET',
      headers: {},
      headersTimeoutMs: 20,
      cancellation,
    });
    const { host } = new URL(url);
    await assert.rejects(asked, {
      code: 'upstream_timeout',
      message: new RegExp(`${host}.*first byte`),
    });
  });

  it('time that is over is no fault of the client, before the answer and within it', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/begun') response.write('some');
    });
    for (const [path, phase] of [
      ['/mute', 'first byte'],
      ['/begun', 'total'],
    ] as const) {
      for (const reason of ['deadline', 'client_gone'] as const) {
        const cancellation = new Cancellation();
        setTimeout(() => cancellation.cancel(reason), 50);
        const asked = egress
          .request({ url: url + path, method: 'GET', headers: {}, cancellation })
          .then((response) => response.bytes());
        const code = reason === 'deadline' ? 'upstream_timeout' : 'cancelled';
        await assert.rejects(asked, (error: Error & { code: string }) => {
          assert.equal(error.code, code);
          if (reason === 'deadline') assert.ok(error.message.includes(phase), error.message);
          return true;
        });
      }
    }
  });
});
