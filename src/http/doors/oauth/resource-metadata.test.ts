import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startDoors, testKeys, type RunningDoors } from '../../../../test/support/start-doors.ts';
import { FakeUpstream } from '../../../../test/support/fake-upstream.ts';
import { callModern } from '../../../../test/support/mcp-post.ts';
import { testPrincipal } from '../../../../test/support/test-principal.ts';
import { askUpgrade, sendRaw } from '../../../../test/support/raw-http.ts';
import { createBaseUrl } from '../../listener/base-url.ts';

const PREFIX = '/.well-known/oauth-protected-resource';
const PLACES = ['', '/mcp', '/mcp/orders', '/mcp/bundles/day', '/sse', '/ws', '/ws/orders', '/api'];

describe('the metadata of resources', () => {
  let doors: RunningDoors;
  before(async () => (doors = await startDoors()));
  after(() => doors[Symbol.asyncDispose]());

  test('is at the well-known path of every endpoint, for pages of any origin', async () => {
    for (const path of PLACES) {
      const response = await fetch(`${doors.url}${PREFIX}${path}`, {
        headers: { origin: 'https://inspector.example' },
      });
      assert.equal(response.status, 200, path);
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
      const document = (await response.json()) as Record<string, unknown>;
      assert.equal(document['resource'], `${doors.url}${path}`);
      assert.deepEqual(document['authorization_servers'], [doors.url]);
      assert.deepEqual(document['bearer_methods_supported'], ['header']);
    }
    const asked = await fetch(`${doors.url}${PREFIX}/mcp`, { method: 'OPTIONS' });
    assert.equal(asked.status, 204);
    assert.equal(asked.headers.get('access-control-allow-headers'), 'mcp-protocol-version');
  });

  test('names the host that the client asked, so that its own check holds', async () => {
    const host = new URL(doors.url).host.replace('127.0.0.1', 'localhost');
    const { body } = await sendRaw(doors.url, `GET ${PREFIX}/mcp HTTP/1.1\r\nHost: ${host}`);
    assert.equal((JSON.parse(body) as { resource: string }).resource, `http://${host}/mcp`);
    const foreign = await sendRaw(doors.url, `GET ${PREFIX}/mcp HTTP/1.1\r\nHost: evil.example`);
    assert.equal(foreign.status, 403);
    assert.ok(!foreign.body.includes('evil.example'));
  });

  test('tells nothing of which services there are', async () => {
    const documentOf = async (slug: string) => {
      const response = await fetch(`${doors.url}${PREFIX}/mcp/${slug}`);
      return (await response.text()).replaceAll(slug, 'slug');
    };
    await doors.add('known', new FakeUpstream({}, {}));
    assert.equal(await documentOf('known'), await documentOf('other'));
  });

  test('is nowhere else', async () => {
    for (const path of [
      'x',
      '/',
      '/mcp/',
      '/mcp/A',
      '/mcp/a/b',
      '/api/v1',
      '/oauth',
      '/sessions/x',
    ]) {
      assert.equal((await fetch(`${doors.url}${PREFIX}${path}`)).status, 404, path);
    }
    const posted = await fetch(`${doors.url}${PREFIX}/mcp`, { method: 'POST' });
    assert.equal(posted.status, 405);
  });
});

describe('a caller without a token', () => {
  let doors: RunningDoors;
  before(async () => (doors = await startDoors()));
  after(() => doors[Symbol.asyncDispose]());

  const challengeAt = (path: string, scope: string) =>
    `Bearer resource_metadata="${doors.url}${PREFIX}${path}", scope="${scope}"`;

  test('learns at every door where to get one, and with which scope', async () => {
    const cases = [
      ['POST', '/mcp', '/mcp', 'mcp'],
      ['POST', '/mcp/orders', '/mcp/orders', 'mcp:orders'],
      ['POST', '/mcp/bundles/day', '/mcp/bundles/day', 'mcp'],
      ['GET', '/mcp/orders', '/mcp/orders', 'mcp:orders'],
      ['DELETE', '/mcp', '/mcp', 'mcp'],
      ['GET', '/sse/orders', '/sse/orders', 'mcp:orders'],
      ['POST', '/messages?sessionId=x', '/sse', 'mcp'],
      ['POST', '/services/orders/tools/list', '/mcp/orders', 'mcp:orders'],
      ['GET', '/services', '/api', 'services.read'],
      ['POST', '/sessions/0123456789abcdef0123456789abcdef/mcp', '/sessions', 'mcp'],
    ] as const;
    for (const [method, path, resource, scope] of cases) {
      const response = await fetch(`${doors.url}${path}`, {
        method,
        ...(method === 'POST'
          ? { body: '{"jsonrpc":"2.0","id":1,"method":"ping"}', headers: jsonHeaders }
          : {}),
      });
      assert.equal(response.status, 401, path);
      assert.equal(response.headers.get('www-authenticate'), challengeAt(resource, scope), path);
      await response.body?.cancel();
    }
  });

  test('learns it in the fast lane, by the host it asks, and when it opens a socket', async () => {
    const body = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
    const { host } = new URL(doors.url);
    for (const name of [host, host.replace('127.0.0.1', 'localhost')]) {
      const lines = [
        'POST /mcp/orders HTTP/1.1',
        `Host: ${name}`,
        'Content-Type: application/json',
      ];
      const head = lines.join('\r\n');
      const answer = await sendRaw(doors.url, `${head}\r\nContent-Length: ${body.length}`, body);
      assert.equal(answer.status, 401);
      const metadata = `http://${name}${PREFIX}/mcp/orders`;
      assert.ok(answer.head.includes(`resource_metadata="${metadata}", scope="mcp:orders"`));
    }
    for (const path of ['/ws', '/ws/orders']) {
      const answer = await askUpgrade(doors.url, path);
      assert.equal(answer.status, 401);
      assert.ok(answer.head.includes(`${PREFIX}${path}"`), answer.head);
    }
  });

  test('learns the same with a token that is wrong', async () => {
    const response = await fetch(`${doors.url}/mcp`, {
      method: 'POST',
      headers: { ...jsonHeaders, authorization: 'Bearer made-up' },
      body: '{}',
    });
    assert.equal(response.headers.get('www-authenticate'), challengeAt('/mcp', 'mcp'));
  });

  test('whose token lacks a permission learns all the scopes it takes', async () => {
    const { permissions: held } = testPrincipal();
    const permissions = { ...held, digest: 'none', actions: new Set<never>() };
    await using strict = await startDoors({ admit: () => ({ ...testPrincipal(), permissions }) });
    const answer = await callModern(`${strict.url}/mcp`, 'tools/list');
    assert.equal(answer.status, 403);
    const challenge = answer.headers.get('www-authenticate') ?? '';
    assert.match(challenge, /^Bearer error="insufficient_scope", scope="mcp", resource_metadata="/);
  });
});

describe('behind a proxy', () => {
  test('everything is told under the public URL, whatever host is asked', async () => {
    const baseUrlOf = createBaseUrl('https://gw.example/base/');
    await using doors = await startDoors({ baseUrlOf, basePath: '/base' });
    for (const path of ['/mcp/orders', '/base/mcp/orders']) {
      const response = await fetch(`${doors.url}${PREFIX}${path}`);
      const document = (await response.json()) as Record<string, unknown>;
      assert.equal(document['resource'], 'https://gw.example/base/mcp/orders');
    }
    const response = await fetch(`${doors.url}/mcp`, { headers: { authorization: 'Bearer x' } });
    assert.match(
      response.headers.get('www-authenticate') ?? '',
      /"https:\/\/gw\.example\/base\/\.well-known\/oauth-protected-resource\/mcp"/,
    );
    const known = { authorization: `Bearer ${testKeys.a}`, accept: 'application/json' };
    assert.notEqual((await fetch(`${doors.url}/mcp`, { headers: known })).status, 401);
  });
});

const jsonHeaders = { 'content-type': 'application/json', accept: 'application/json' };
