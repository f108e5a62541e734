import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Cancellation } from '../../src/kernel/cancellation.ts';
import type { EgressRequest, EgressResponse } from '../../src/kernel/egress.ts';
import { createPlainEgress } from '../../templates/ejected-server/plain-egress.ts';

describe('the HTTP client of an ejected server', () => {
  const held: ServerResponse[] = [];
  const seen: string[][] = [];
  const server = createServer((request, response) => {
    seen.push([`${request.method} ${request.url}`, ...request.rawHeaders]);
    if (request.url === '/silent') held.push(response);
    else if (request.url === '/slow') response.write('first', () => held.push(response));
    else response.end('x'.repeat(1_000));
  });
  let url = '';
  before(async () => {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const egress = createPlainEgress();
  const ask = (path: string, more: Partial<EgressRequest> = {}): Promise<EgressResponse> =>
    egress.request({ url: `${url}${path}`, method: 'GET', headers: {}, ...more });

  test('sends path, headers and body as they are', async () => {
    const path = "/a%2e%2e/'b'|{c}?d='e'&f=%27";
    const headers = { accept: '*/*', 'x-latin': 'caf\u00e9' };
    const response = await ask(path, { method: 'PATCH', headers });
    assert.equal(response.status, 200);
    await response.bytes();
    const [line, ...sent] = seen.at(-1) ?? [];
    assert.equal(line, `PATCH ${path}`);
    assert.deepEqual(sent.slice(0, 4), ['accept', '*/*', 'x-latin', 'caf\u00e9']);
    assert.deepEqual(
      sent.slice(4).filter((_, at) => at % 2 === 0),
      ['user-agent', 'accept-encoding', 'Host', 'Connection'],
    );
    await (await ask('/', { headers: { 'User-Agent': 'mine' } })).bytes();
    assert.deepEqual(seen.at(-1)?.slice(1, 5), [
      'User-Agent',
      'mine',
      'accept-encoding',
      'identity',
    ]);
    const loud = { url: url.replace('http', 'HTTP'), method: 'POST', headers: {} };
    await (await egress.request(loud)).bytes();
    assert.ok(seen.at(-1)?.includes('content-length'));
  });

  test('refuses what cannot be sent', async () => {
    for (const path of ['/a b', '/a\r\nb', '/\u00e9', '/#a']) {
      await assert.rejects(() => ask(path), { code: 'egress_denied' });
    }
    for (const other of ['/token', 'ftp://127.0.0.1/', 'http://user@127.0.0.1/', '']) {
      const request = { url: other, method: 'GET', headers: {} };
      await assert.rejects(() => egress.request(request), { code: 'egress_denied' });
    }
    const headers = { 'x-a': 'b\r\nc' };
    await assert.rejects(() => ask('/', { headers }), { code: 'invalid_params' });
    const nobody = { url: 'http://127.0.0.1:1/', method: 'GET', headers: {} };
    const text = 'Cannot connect to 127.0.0.1:1 (ECONNREFUSED).';
    await assert.rejects(() => egress.request(nobody), {
      code: 'upstream_unavailable',
      message: text,
    });
  });

  test('bounds time and size', async () => {
    await assert.rejects(() => ask('/silent', { headersTimeoutMs: 20 }), {
      code: 'upstream_timeout',
    });
    const large = await ask('/');
    await assert.rejects(() => large.bytes(999), { code: 'upstream_failed' });
    assert.equal((await (await ask('/')).bytes(1_000)).length, 1_000);
  });

  test('ends with its exchange, before and after the answer began', async () => {
    const early = new Cancellation();
    early.cancel('cancelled');
    await assert.rejects(() => ask('/', { cancellation: early }), { code: 'cancelled' });
    const waiting = new Cancellation();
    const silent = ask('/silent', { cancellation: waiting });
    setTimeout(() => waiting.cancel('cancelled'), 20);
    await assert.rejects(() => silent, { code: 'cancelled' });
    const reading = new Cancellation();
    const response = await ask('/slow', { cancellation: reading });
    setTimeout(() => reading.cancel('cancelled'), 20);
    await assert.rejects(() => response.bytes(), { code: 'cancelled' });
  });
});
