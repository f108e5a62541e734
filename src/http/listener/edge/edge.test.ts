import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { complete, FakeUpstream } from '../../../../test/support/fake-upstream.ts';
import { envelope, modernHeaders } from '../../../../test/support/mcp-post.ts';
import { isJsonObject, type JsonObject } from '../../../kernel/json.ts';
import { startDoors, testKeys, type RunningDoors } from '../../../../test/support/start-doors.ts';

const PAGE = 'https://console.example';
const key = `Authorization: Bearer ${testKeys.a}\r\n`;
const host = 'Host: localhost\r\n';
const apiKey = 'X-Api-Key: a\r\n';
const last = 'Connection: close\r\n\r\n';

/** Sends bytes and resolves with what comes back until the other side closes. */
function talk(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (piece: Buffer) => (text += piece.toString('latin1')));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

describe('the edge', () => {
  let doors: RunningDoors;
  before(async () => {
    doors = await startDoors({}, { allowedOrigins: [PAGE], trustedProxies: ['127.0.0.0/8'] });
    const answer = async ({ params }: { params: JsonObject }) => {
      const { arguments: given } = params;
      const isFirst = isJsonObject(given) && given['first'] === true;
      if (isFirst) await new Promise((resolve) => setTimeout(resolve, 100));
      return complete({ content: [] });
    };
    await doors.add(
      'one',
      new FakeUpstream({ 'tools/list': () => complete({ tools: [] }), 'tools/call': answer }),
    );
  });
  after(() => doors[Symbol.asyncDispose]());

  const planes = ['POST /mcp', 'GET /services', 'GET /health', 'GET /sse', 'POST /messages'];

  it('refuses on every plane what two programs could read differently', async () => {
    for (const plane of planes) {
      const [method = '', path = ''] = plane.split(' ');
      for (const [what, request] of Object.entries({
        'two hosts': `${method} ${path} HTTP/1.1\r\n${host}Host: localhost\r\n${key}${last}`,
        'a host with a user': `${method} ${path} HTTP/1.1\r\nHost: a@localhost\r\n${key}${last}`,
        'a host with a path': `${method} ${path} HTTP/1.1\r\nHost: localhost/c\r\n${key}${last}`,
        'an empty host': `${method} ${path} HTTP/1.1\r\nHost:\r\n${key}${last}`,
        'a foreign address': `${method} http://evil${path} HTTP/1.1\r\n${host}${key}${last}`,
        'HTTP/0.9': `${method} ${path}\r\n\r\n`,
        'HTTP/1.0 without a host': `${method} ${path} HTTP/1.0\r\n${key}\r\n`,
        'HTTP/2.0': `${method} ${path} HTTP/2.0\r\n${host}${key}${last}`,
        'two credentials': `${method} ${path} HTTP/1.1\r\n${host}${key}${key}${last}`,
        'two API keys': `${method} ${path} HTTP/1.1\r\n${host}${apiKey}${apiKey}${last}`,
      })) {
        const came = await talk(doors.url, request);
        assert.match(came, /^HTTP\/1\.1 400 /, `${what} ${plane}: ${came}`);
        assert.match(came, /\r\nConnection: close/i, what);
      }
    }
  });

  it('takes an absolute address that names the host', async () => {
    const came = await talk(doors.url, `GET http://LOCALHOST/health HTTP/1.1\r\n${host}${last}`);
    assert.match(came, /^HTTP\/1\.1 200 /);
  });

  it('passes over an offer to speak something else', async () => {
    const offer =
      'Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n';
    const came = await talk(doors.url, `GET /health HTTP/1.1\r\n${host}${offer}\r\n`);
    assert.match(came, /^HTTP\/1\.1 200 /);
    const socket = 'Connection: Upgrade, close\r\nUpgrade: websocket\r\n';
    assert.match(
      await talk(doors.url, `GET /health HTTP/1.1\r\n${host}${socket}\r\n`),
      /^HTTP\/1\.1 200 /,
    );
    const two = `GET /ws HTTP/1.1\r\n${host}${host}${socket}\r\n`;
    assert.match(await talk(doors.url, two), /^HTTP\/1\.1 400 /);
  });

  it('names the methods there are to whoever uses another', async () => {
    const came = await talk(doors.url, `PROPFIND /mcp HTTP/1.1\r\n${host}${last}`);
    assert.match(came, /^HTTP\/1\.1 405 /);
    assert.match(came, /\r\nAllow: GET, HEAD, POST/);
  });

  it('lets a page of an allowed origin read every answer, refusals too', async () => {
    const origin = `Origin: ${PAGE}\r\n`;
    for (const plane of [...planes, 'GET /nowhere', 'DELETE /mcp', 'POST /services/one/tools/x']) {
      const came = await talk(
        doors.url,
        `${plane} HTTP/1.1\r\n${host}${origin}Content-Length: 0\r\n${last}`,
      );
      assert.match(came, new RegExp(`\r\nAccess-Control-Allow-Origin: ${PAGE}\r\n`, 'i'), plane);
      assert.match(came, /\r\nAccess-Control-Expose-Headers: .*Mcp-Session-Id.*WWW-Authenticate/i);
      assert.match(came, /\r\nVary: Origin\r\n/i, plane);
      assert.doesNotMatch(came, /allow-credentials/i, plane);
    }
    const { status, headers } = await fetch(`${doors.url}/mcp`, {
      method: 'POST',
      headers: { ...modernHeaders('tools/call', 'x'), origin: PAGE },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/list',
        params: { _meta: envelope({}) },
      }),
    });
    assert.ok(status < 500);
    assert.equal(headers.get('access-control-allow-origin'), PAGE);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  });

  it('answers the question of such a page, and of no other', async () => {
    const ask = (origin: string, path: string) =>
      fetch(`${doors.url}${path}`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization, mcp-param-city, x-odd',
        },
      });
    for (const path of ['/mcp', '/services', '/sse', '/api/v1/keys']) {
      const yes = await ask(PAGE, path);
      assert.equal(yes.status, 204, path);
      assert.equal(yes.headers.get('access-control-allow-origin'), PAGE);
      assert.match(
        yes.headers.get('access-control-allow-methods') ?? '',
        /POST, PATCH, PUT, DELETE/,
      );
      const named = yes.headers.get('access-control-allow-headers') ?? '';
      assert.match(named, /Authorization.*Mcp-Session-Id.*, mcp-param-city$/);
      for (const evil of ['https://evil.example', 'null', 'http://console.example']) {
        const no = await ask(evil, path);
        assert.ok(no.status >= 400, `${path} ${evil} ${no.status}`);
        assert.equal(no.headers.get('access-control-allow-origin'), null);
      }
    }
  });

  it('says on an encrypted connection that it is to stay so', async () => {
    const asked = (proto: string) =>
      fetch(`${doors.url}/health`, { headers: { 'x-forwarded-proto': proto } });
    const told = (await asked('https')).headers.get('strict-transport-security');
    assert.equal(told, 'max-age=31536000');
    assert.equal((await asked('http')).headers.get('strict-transport-security'), null);
  });

  it('keeps pipelined requests in order, however many bytes wait', async () => {
    const body = (id: number) => {
      const params = {
        name: 'x',
        _meta: envelope({}),
        arguments: { first: id === 0, pad: 'x'.repeat(2_000) },
      };
      return JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params });
    };
    const head = Object.entries(modernHeaders('tools/call', 'x'))
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    const requests = Array.from({ length: 100 }, (_, id) => {
      const close = id === 99 ? 'Connection: close\r\n' : '';
      const length = `Content-Length: ${body(id).length}\r\n`;
      return `POST /mcp/one HTTP/1.1\r\n${host}${head}${close}${length}\r\n${body(id)}`;
    });
    // The first alone, so that the rest meets a connection that is busy.
    const came = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(doors.url).port), '127.0.0.1', () => {
        socket.write(requests[0] as string);
        setTimeout(() => socket.write(requests.slice(1).join('')), 30);
      });
      let text = '';
      socket.on('data', (piece: Buffer) => (text += piece.toString('latin1')));
      socket.on('close', () => resolve(text));
    });
    const ids = [...came.matchAll(/"jsonrpc":"2\.0","id":(\d+)/g)].map(([, id]) => Number(id));
    assert.deepEqual(
      ids,
      Array.from({ length: 100 }, (_, id) => id),
    );
  });
});
