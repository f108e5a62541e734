import assert from 'node:assert/strict';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { getRequestListener } from '@hono/node-server';
import { ControlPlane, problemOf } from '../../../test/support/control-plane.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';

const CONSOLE = 'https://console.example';

describe('every answer', () => {
  test('carries the security headers', async () => {
    const plane = new ControlPlane();
    const answers = [
      await plane.send('GET', '/services', { as: 'adminA' }),
      await plane.send('GET', '/services'),
      await plane.send('PUT', '/services'),
      await plane.send('GET', '/nowhere'),
      await plane.send('POST', '/register-service', { as: 'adminA', body: '{' }),
      await plane.send('GET', '/services', { headers: { host: 'evil.test' } }),
      await plane.send('GET', '/health'),
      await plane.send('GET', '/docs'),
      await plane.send('GET', '/openapi.json'),
    ];
    for (const { headers } of answers) {
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('x-frame-options'), 'DENY');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
      assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
    }
  });

  test('is a refusal for a foreign page or a rebound name', async () => {
    const plane = new ControlPlane();
    for (const headers of [
      { host: 'evil.test' },
      { host: '127.0.0.1.evil.test' },
      { origin: 'https://evil.test' },
      { origin: 'null' },
      { origin: 'http://console.example' },
      { origin: `${CONSOLE}:8443` },
    ]) {
      for (const [method, path] of [
        ['GET', '/services'],
        ['GET', '/docs'],
        ['OPTIONS', '/services'],
        ['POST', '/register-service'],
      ] as const) {
        const came = await plane.send(method, path, {
          headers: { ...headers, 'x-api-key': 'adminA' },
        });
        problemOf(came, 'origin_refused');
        assert.equal(came.headers.get('access-control-allow-origin'), null);
      }
    }
  });

  test('to an unknown failure tells nothing of it; the log has the cause', async () => {
    const plane = new ControlPlane();
    for (const failure of [new Error('SELECT secret FROM /srv/x'), 'SELECT secret', undefined]) {
      plane.logged.length = 0;
      plane.registry.list = () => Promise.reject(failure);
      const came = await plane.send('GET', '/services', { as: 'adminA' });
      const { errorId, detail } = problemOf(came, 'internal');
      assert.match(errorId ?? '', /^err_/);
      assert.equal(detail, 'The gateway failed; the error id is in its log.');
      assert.doesNotMatch(came.text, /SELECT|srv/);
      assert.equal(plane.logged[0]?.['errorId'], errorId);
      assert.equal(plane.logged[0]?.['path'], '/services');
      if (failure !== undefined) assert.match(String(plane.logged[0]?.['cause']), /SELECT secret/);
    }
  });

  test('to a failed authentication door is an error, not a way in', async () => {
    const plane = new ControlPlane({
      admit: () => Promise.reject(new GatewayError('storage_unavailable')),
    });
    const came = await plane.send('GET', '/services', { as: 'adminA' });
    problemOf(came, 'storage_unavailable');
    assert.equal(came.headers.get('retry-after'), '5');
  });
});

test('a key is read from either header, from both only when they agree', async () => {
  const plane = new ControlPlane();
  const status = async (headers: Record<string, string>) =>
    (await plane.send('GET', '/services', { headers })).status;
  assert.equal(await status({ authorization: 'Bearer adminA' }), 200);
  assert.equal(await status({ 'x-api-key': 'adminA' }), 200);
  assert.equal(await status({ authorization: 'Bearer adminA', 'x-api-key': 'adminA' }), 200);
  assert.equal(await status({ authorization: 'Bearer adminA', 'x-api-key': 'adminB' }), 401);
  // `Basic` is what a proxy in front asked for; it is none of the gateway's.
  assert.equal(await status({ authorization: 'Basic adminA', 'x-api-key': 'adminA' }), 200);
  assert.equal(await status({ authorization: 'Basic adminA' }), 401);
  assert.equal(await status({ authorization: 'Basic adminA', 'x-api-key': 'nobody' }), 401);
  assert.equal(await status({ authorization: 'Bearer adminA, Bearer adminA' }), 401);
  assert.equal(await status({ authorization: 'adminA' }), 401);
  assert.equal(await status({ authorization: '', 'x-api-key': '' }), 401);
  const { status: inUrl } = await plane.send('GET', '/services?key=adminA');
  assert.equal(inUrl, 401);
});

describe('behind a real listener', () => {
  const { api } = new ControlPlane();
  const server = createServer((incoming, outgoing) => {
    void getRequestListener(api.fetch, { overrideGlobalObjects: false })(incoming, outgoing);
  });
  let port = 0;

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const send = (headers: Record<string, string>, chunks: number) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const path = '/api/v1/keys';
      const options = { host: '127.0.0.1', port, method: 'POST', path, headers, agent: false };
      const outgoing = request(options, (incoming) => {
        incoming.resume().once('end', () => resolve(incoming));
      });
      // The rest of a body that nobody reads may be cut off; the answer has come by then.
      outgoing.on('error', (error) => {
        if (!outgoing.destroyed) reject(error);
      });
      for (let sent = 0; sent < chunks; sent += 1) outgoing.write(' '.repeat(65_536));
      outgoing.end();
    });

  const head = { authorization: 'Bearer adminA', 'content-type': 'application/json' };

  test('a body that is too large is refused by its length and by its chunks', async () => {
    const chunks = limits.requestBodyBytesMax / 65_536 + 1;
    const length = { ...head, 'content-length': String(chunks * 65_536) };
    assert.equal((await send(length, chunks)).statusCode, 413);
    assert.equal((await send({ ...head, 'transfer-encoding': 'chunked' }, chunks)).statusCode, 413);
  });

  test('a caller without a key is refused without its body', async () => {
    const { authorization: _authorization, ...rest } = head;
    const came = await send({ ...rest, 'transfer-encoding': 'chunked' }, 4);
    assert.equal(came.statusCode, 401);
    assert.match(String(came.headers['www-authenticate']), /^Bearer resource_metadata="http:/);
    assert.equal(came.headers['x-frame-options'], 'DENY');
  });
});
