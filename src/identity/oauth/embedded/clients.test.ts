import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import {
  authorizeUrl,
  logIn,
  makePkce,
  OAuthBrowser,
  registerClient,
} from '../../../../test/support/oauth-browser.ts';
import { startOAuthWorld, type OAuthWorld } from '../../../../test/support/authorization-world.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';

const DOCUMENT_URL = 'https://client.example/oauth/client.json';
const REDIRECT = 'https://client.example/callback';

const document = {
  client_id: DOCUMENT_URL,
  client_name: 'Documented',
  redirect_uris: [REDIRECT],
  grant_types: ['authorization_code', 'refresh_token'],
};

function publish(world: OAuthWorld, body: unknown, url = DOCUMENT_URL, status = 200): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  world.documents.set(url, { status, body: text });
}

async function problemWith(world: OAuthWorld, id: string, redirectUri = REDIRECT): Promise<number> {
  const { challenge } = makePkce();
  const url = authorizeUrl(world.url, { id, redirectUri }, challenge);
  const { answer, status } = await new OAuthBrowser().authorize(url);
  assert.equal(answer, undefined);
  return status;
}

describe('a client that publishes its metadata', () => {
  test('needs no registration, and its document is kept for a while', async () => {
    await using world = await startOAuthWorld();
    publish(world, document);
    const client = { id: DOCUMENT_URL, redirectUri: REDIRECT };
    const { body } = await logIn(world.url, client);
    assert.equal(decodeJwt(body['access_token'] ?? '')['client_id'], DOCUMENT_URL);
    assert.ok(body['refresh_token']);
    await logIn(world.url, client);
    assert.deepEqual(world.fetched, [DOCUMENT_URL]);
    assert.equal(world.clients.size, 0);
  });

  test('is refused when its document is not what it must be', async () => {
    const wrong = [
      { ...document, client_id: `${DOCUMENT_URL}/other` },
      { ...document, client_id: undefined },
      { ...document, client_name: undefined },
      { ...document, redirect_uris: [] },
      { ...document, redirect_uris: ['http://client.example/callback'] },
      { ...document, redirect_uris: ['javascript:alert(1)'] },
      { ...document, client_secret: 'secret' },
      { ...document, token_endpoint_auth_method: 'client_secret_basic' },
      { ...document, client_uri: 'javascript:alert(1)' },
      [document],
      'not json',
      '',
    ];
    for (const one of wrong) {
      await using world = await startOAuthWorld();
      publish(world, one);
      assert.equal(await problemWith(world, DOCUMENT_URL), 400, JSON.stringify(one));
    }
  });

  test('is refused when its document cannot be had, and is not asked again at once', async () => {
    await using world = await startOAuthWorld();
    assert.equal(await problemWith(world, DOCUMENT_URL), 400);
    publish(world, '', DOCUMENT_URL, 302);
    assert.equal(await problemWith(world, DOCUMENT_URL), 400);
    assert.deepEqual(world.fetched, [DOCUMENT_URL]);
    world.clock.nowMs += 31_000;
    assert.equal(await problemWith(world, DOCUMENT_URL), 400);
    assert.equal(world.fetched.length, 2);
    world.clock.nowMs += 31_000;
    publish(world, document);
    const client = { id: DOCUMENT_URL, redirectUri: REDIRECT };
    assert.equal((await logIn(world.url, client)).status, 200);
  });

  test('is refused when its document has more than oauthClientDocumentBytesMax bytes', async () => {
    const text = JSON.stringify(document);
    const padded = (bytes: number) => `${text}${' '.repeat(bytes - text.length)}`;
    await using world = await startOAuthWorld();
    publish(world, padded(limits.oauthClientDocumentBytesMax + 1));
    assert.equal(await problemWith(world, DOCUMENT_URL), 400);
    world.clock.nowMs += 31_000;
    publish(world, padded(limits.oauthClientDocumentBytesMax));
    const client = { id: DOCUMENT_URL, redirectUri: REDIRECT };
    assert.equal((await logIn(world.url, client)).status, 200);
  });

  test('is named by a https: address with a path; nothing else is ever fetched', async () => {
    await using world = await startOAuthWorld();
    const wrong = [
      'http://client.example/client.json',
      'https://client.example',
      'https://client.example/',
      'https://client.example/a/../client.json',
      'https://user@client.example/client.json',
      'https://client.example/client.json#x',
      'file:///etc/passwd',
      'javascript:alert(1)',
    ];
    for (const id of wrong) {
      publish(world, { ...document, client_id: id }, id);
      assert.equal(await problemWith(world, id), 400, id);
    }
    assert.deepEqual(world.fetched, []);
  });

  test('may listen on any port of its own computer when it says it is native', async () => {
    await using world = await startOAuthWorld();
    publish(world, { ...document, redirect_uris: ['http://localhost/cb', 'http://127.0.0.1/cb'] });
    const client = { id: DOCUMENT_URL, redirectUri: 'http://localhost:5173/cb' };
    assert.equal((await logIn(world.url, client)).status, 200);
  });

  test('has oauthClientDocumentMs to answer', async () => {
    const waited: (number | undefined)[] = [];
    const egress = {
      request: ({ headersTimeoutMs }: { readonly headersTimeoutMs?: number }) => {
        waited.push(headersTimeoutMs);
        return Promise.reject(new GatewayError('upstream_timeout'));
      },
    };
    await using world = await startOAuthWorld({ egress });
    assert.equal(await problemWith(world, DOCUMENT_URL), 400);
    assert.deepEqual(waited, [limits.oauthClientDocumentMs]);
  });

  test('of which oauthClientFetchesMax are fetched at once waits its turn', async () => {
    const waiting: (() => void)[] = [];
    const egress = {
      request: () =>
        new Promise<never>((_, reject) => {
          waiting.push(() => reject(new GatewayError('upstream_failed')));
        }),
    };
    await using world = await startOAuthWorld({ egress });
    const asked = Array.from({ length: limits.oauthClientFetchesMax + 1 }, (_, number) =>
      problemWith(world, `https://client.example/${number}.json`),
    );
    // The one too many is refused without waiting.
    assert.equal(await Promise.race(asked), 400);
    while (waiting.length < limits.oauthClientFetchesMax) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    for (const end of waiting) end();
    await Promise.all(asked);
    assert.equal(waiting.length, limits.oauthClientFetchesMax);
  });
});

describe('a client that registers itself', () => {
  test('and says the same as before is the same client', async () => {
    await using world = await startOAuthWorld();
    const ids = new Set<string | undefined>();
    for (const port of [1234, 2345, 3456]) {
      const redirectUris = [`http://127.0.0.1:${port}/callback`, 'https://app.example/cb'];
      for (const uris of [redirectUris, redirectUris.toReversed()]) {
        const { status, body } = await registerClient(world.url, { redirect_uris: uris });
        assert.equal(status, 201);
        assert.equal(body['client_secret'], undefined);
        ids.add(body['client_id']);
      }
    }
    assert.equal(ids.size, 1);
    assert.equal(world.clients.size, 1);
    const other = await registerClient(world.url, { client_name: 'Other' });
    assert.ok(!ids.has(other.body['client_id']));
  });

  test('with a secret is nobody else, and must show it', async () => {
    await using world = await startOAuthWorld();
    const metadata = { token_endpoint_auth_method: 'client_secret_post' };
    const one = await registerClient(world.url, metadata);
    const two = await registerClient(world.url, metadata);
    assert.notEqual(one.body['client_id'], two.body['client_id']);
    assert.ok((one.body['client_secret'] ?? '').length >= 32);
    assert.notEqual(one.body['client_secret'], two.body['client_secret']);
    const redirectUri = 'http://127.0.0.1:1234/callback';
    const client = { id: one.body['client_id'] ?? '', redirectUri };
    assert.equal((await logIn(world.url, client)).body['error'], 'invalid_client');
    // No secret stands in the database as it is.
    const stored = JSON.stringify([...world.clients.values()]);
    assert.ok(!stored.includes(one.body['client_secret'] ?? 'none'));
  });

  test('is refused with metadata that is no good', async () => {
    await using world = await startOAuthWorld();
    const uris = Array.from(
      { length: limits.oauthRedirectUrisMax + 1 },
      (_, n) => `https://a/${n}`,
    );
    const long = (length: number) => `https://a/${'x'.repeat(length - 10)}`;
    const wrong: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
      ['invalid_redirect_uri', { redirect_uris: [] }],
      ['invalid_redirect_uri', { redirect_uris: 'https://app.example/cb' }],
      ['invalid_redirect_uri', { redirect_uris: ['http://app.example/cb'] }],
      ['invalid_redirect_uri', { redirect_uris: ['https://app.example/cb#x'] }],
      ['invalid_redirect_uri', { redirect_uris: ['https://user:x@app.example/cb'] }],
      ['invalid_redirect_uri', { redirect_uris: ['javascript:alert(1)'] }],
      ['invalid_redirect_uri', { redirect_uris: ['data:text/html,x'] }],
      ['invalid_redirect_uri', { redirect_uris: uris }],
      ['invalid_redirect_uri', { redirect_uris: [long(limits.oauthRedirectUriLengthMax + 1)] }],
      ['invalid_client_metadata', { token_endpoint_auth_method: 'tls_client_auth' }],
      ['invalid_client_metadata', { client_name: '' }],
      ['invalid_client_metadata', { client_name: 'x'.repeat(limits.titleLengthMax + 1) }],
    ];
    for (const [error, metadata] of wrong) {
      const { status, body } = await registerClient(world.url, metadata);
      assert.deepEqual([status, body['error']], [400, error], JSON.stringify(metadata));
    }
    assert.equal(world.clients.size, 0);
    const most = { redirect_uris: uris.slice(1) };
    assert.equal((await registerClient(world.url, most)).status, 201);
    const longest = { redirect_uris: [long(limits.oauthRedirectUriLengthMax)] };
    assert.equal((await registerClient(world.url, longest)).status, 201);
    const scheme = { redirect_uris: ['com.example.app:/callback', 'cursor://auth/callback'] };
    assert.equal((await registerClient(world.url, scheme)).status, 201);
  });

  test('is told to wait when its address has oauthUnusedClientsPerAddressMax', async () => {
    await using world = await startOAuthWorld();
    for (let count = 0; count < limits.oauthUnusedClientsPerAddressMax; count++) {
      const { status } = await registerClient(world.url, { client_name: `Client ${count}` });
      assert.equal(status, 201);
    }
    const { status, body } = await registerClient(world.url, { client_name: 'One more' });
    assert.deepEqual([status, body['error']], [429, 'temporarily_unavailable']);
    assert.equal((await registerClient(world.url, { client_name: 'Client 0' })).status, 201);
  });

  test('finds room among oauthDynamicClientsMax', async () => {
    await using world = await startOAuthWorld();
    const { body } = await registerClient(world.url);
    const [first] = world.clients.values();
    assert.ok(first !== undefined && body['client_id'] === first.id);
    while (world.clients.size < limits.oauthDynamicClientsMax - 1) {
      const id = `dyn_${world.clients.size}`;
      world.clients.set(id, { ...first, id, usedAtMs: 1 });
    }
    assert.equal((await registerClient(world.url, { client_name: 'Last' })).status, 201);
    assert.equal((await registerClient(world.url, { client_name: 'One more' })).status, 429);
  });

  test('may send oauthBodyBytesMax bytes and not one more', async () => {
    await using world = await startOAuthWorld();
    const text = JSON.stringify({ redirect_uris: ['https://app.example/cb'] });
    const send = (bytes: number) =>
      fetch(`${world.url}/oauth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: text.padEnd(bytes),
      });
    assert.equal((await send(limits.oauthBodyBytesMax)).status, 201);
    assert.equal((await send(limits.oauthBodyBytesMax + 1)).status, 413);
  });
});
