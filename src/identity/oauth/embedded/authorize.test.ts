import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import {
  askToken,
  authorizeUrl,
  logIn,
  makePkce,
  OAuthBrowser,
  registerClient,
  type TestClient,
} from '../../../../test/support/oauth-browser.ts';
import { startOAuthWorld, type OAuthWorld } from '../../../../test/support/authorization-world.ts';
import { limits } from '../../../kernel/limits.ts';

const REDIRECT = 'http://127.0.0.1:1234/callback';

async function clientOf({ url }: OAuthWorld, metadata = {}): Promise<TestClient> {
  const { body } = await registerClient(url, metadata);
  return { id: body['client_id'] ?? '', redirectUri: body['redirect_uris']?.[0] ?? REDIRECT };
}

describe('an authorization', () => {
  let world: OAuthWorld;
  let client: TestClient;
  before(async () => {
    world = await startOAuthWorld();
    client = await clientOf(world);
  });
  after(() => world[Symbol.asyncDispose]());

  test('ends in a token for exactly one endpoint, with tenant, grant and person', async () => {
    const resource = `${world.url}/mcp/orders`;
    const scope = 'mcp:orders';
    const { status, body } = await logIn(world.url, { ...client, resource, scope });
    assert.equal(status, 200);
    const token = body['access_token'] ?? '';
    assert.deepEqual(decodeProtectedHeader(token), { alg: 'EdDSA', typ: 'at+jwt', kid: 'kid-v1' });
    const { iat = 0, exp = 0, jti, gid, ...claims } = decodeJwt(token);
    assert.deepEqual(claims, {
      iss: world.url,
      aud: resource,
      sub: 'usr_ada',
      tid: 'ten_a',
      scope,
      client_id: client.id,
    });
    assert.equal((exp - iat) * 1_000, limits.accessTokenMs);
    assert.ok(typeof jti === 'string' && jti.length > 20);
    const grant = world.grants.get(String(gid));
    assert.equal(grant?.resource, resource);
    assert.deepEqual(grant?.access, [[{ services: ['orders'] }]]);
    assert.deepEqual(grant?.scopes, ['mcp.use']);
  });

  test('without PKCE by S256 is refused', async () => {
    const { challenge } = makePkce();
    const changes = [
      { code_challenge: '', code_challenge_method: '' },
      { code_challenge_method: 'plain' },
      { code_challenge_method: '' },
      { response_type: 'token' },
      { response_type: 'id_token', nonce: 'x' },
      { response_type: 'code id_token', nonce: 'x' },
      { request: 'eyJhbGciOiJub25lIn0.e30.' },
    ];
    for (const change of changes) {
      const url = authorizeUrl(world.url, client, challenge, change);
      const { answer, status } = await new OAuthBrowser().authorize(url);
      const params = new URLSearchParams(answer?.hash.slice(1) || answer?.search);
      assert.equal(params.get('code'), null);
      // An answer that says who it is from, errors too (RFC 9207).
      if (answer !== undefined) assert.equal(params.get('iss'), world.url);
      assert.ok(params.get('error') !== null || status === 400, JSON.stringify(change));
    }
  });

  test('with another redirect URI than registered ends on a page and leads nowhere', async () => {
    const { challenge } = makePkce();
    const web = await clientOf(world, {
      redirect_uris: ['https://app.example/callback', 'http://localhost:3000/callback'],
      application_type: 'web',
    });
    const wrong: readonly (readonly [TestClient, string])[] = [
      [client, 'https://evil.example/callback'],
      [client, 'http://127.0.0.1:1234/callback/more'],
      [client, 'http://127.0.0.1:1234/callback?extra=1'],
      [client, 'http://127.0.0.2:1234/callback'],
      [client, 'http://localhost:1234/callback'],
      [client, 'http://127.0.0.1:1234/callback#x'],
      [client, 'https://127.0.0.1:1234/callback'],
      [client, 'http://127.0.0.1:1234@evil.example/callback'],
      [web, 'https://app.example/callback/'],
      [web, 'https://app.example:444/callback'],
      [web, 'https://APP.example/callback2'],
      // Only programs on one's own computer take any port.
      [web, 'http://localhost:3001/callback'],
    ];
    for (const [one, redirectUri] of wrong) {
      const url = authorizeUrl(world.url, { ...one, redirectUri }, challenge);
      const { answer, status, pages } = await new OAuthBrowser().authorize(url);
      assert.equal(answer, undefined, redirectUri);
      assert.equal(status, 400, redirectUri);
      assert.ok(!pages.join('').includes('href='));
    }
  });

  test('lets a program on this computer listen on any port (RFC 8252)', async () => {
    const other = { ...client, redirectUri: 'http://127.0.0.1:45678/callback' };
    assert.equal((await logIn(world.url, other)).status, 200);
  });

  test('is for an endpoint of this gateway alone', async () => {
    const { challenge } = makePkce();
    const wrong = ['https://other.example/mcp', `${world.url}/mcp/`, `${world.url}/x`, 'mcp'];
    for (const resource of wrong) {
      const url = authorizeUrl(world.url, { ...client, resource }, challenge);
      const { answer } = await new OAuthBrowser().authorize(url);
      assert.equal(answer?.searchParams.get('error'), 'invalid_target', resource);
      assert.equal(answer?.searchParams.get('iss'), world.url);
      assert.equal(answer?.searchParams.get('state'), 'state-1');
    }
    const capitals = world.url.replace('http', 'HTTP');
    const { body } = await logIn(world.url, { ...client, resource: `${capitals}/mcp` });
    assert.equal(decodeJwt(body['access_token'] ?? '').aud, `${world.url}/mcp`);
  });

  test('of a client that names no endpoint is for the one with everything', async () => {
    const { verifier, challenge } = makePkce();
    const url = authorizeUrl(world.url, client, challenge, { resource: '', scope: '' });
    const { answer } = await new OAuthBrowser().authorize(url);
    const { body } = await askToken(world.url, {
      grant_type: 'authorization_code',
      code: answer?.searchParams.get('code') ?? '',
      redirect_uri: client.redirectUri,
      client_id: client.id,
      code_verifier: verifier,
    });
    const { aud, scope } = decodeJwt(body['access_token'] ?? '');
    assert.deepEqual({ aud, scope }, { aud: `${world.url}/mcp`, scope: 'mcp' });
  });

  test('gives no scope that the endpoint or the person does not have', async () => {
    const resource = `${world.url}/mcp/orders`;
    const more = { ...client, resource, scope: 'mcp:orders mcp:other services.write openid' };
    const { body } = await logIn(world.url, more);
    assert.deepEqual(body['scope']?.split(' ').toSorted(), ['mcp:orders']);
    world.people.set('bob', {
      userId: 'usr_bob',
      memberships: { ten_a: ['mcp.use', 'services.read'] },
    });
    const { verifier, challenge } = makePkce();
    const wide = { ...client, resource: `${world.url}/api`, scope: 'services.read services.write' };
    const asked = authorizeUrl(world.url, wide, challenge);
    const { answer } = await new OAuthBrowser().authorize(asked, { login: 'bob' });
    const token = await askToken(world.url, {
      grant_type: 'authorization_code',
      code: answer?.searchParams.get('code') ?? '',
      redirect_uri: client.redirectUri,
      client_id: client.id,
      code_verifier: verifier,
    });
    assert.equal(token.body['scope'], 'services.read');
  });
});

describe('a code', () => {
  test('is good once; whoever brings it twice ends the grant', async () => {
    await using world = await startOAuthWorld();
    const client = await clientOf(world);
    const { verifier, challenge } = makePkce();
    const url = authorizeUrl(world.url, client, challenge);
    const { answer } = await new OAuthBrowser().authorize(url);
    const form = {
      grant_type: 'authorization_code',
      code: answer?.searchParams.get('code') ?? '',
      redirect_uri: client.redirectUri,
      client_id: client.id,
      code_verifier: verifier,
    };
    const wrong = await askToken(world.url, { ...form, code_verifier: makePkce().verifier });
    assert.equal(wrong.body['error'], 'invalid_grant');
    const other = await clientOf(world, { client_name: 'Other' });
    const stolen = await askToken(world.url, { ...form, client_id: other.id });
    assert.equal(stolen.body['error'], 'invalid_grant');
    const target = await askToken(world.url, { ...form, resource: `${world.url}/mcp/orders` });
    assert.notEqual(target.status, 200);
    const url2 = authorizeUrl(world.url, client, challenge);
    const again = await new OAuthBrowser().authorize(url2);
    const fresh = { ...form, code: again.answer?.searchParams.get('code') ?? '' };
    const both = await Promise.all([askToken(world.url, fresh), askToken(world.url, fresh)]);
    const won = both.find(({ status }) => status === 200);
    assert.equal(both.filter(({ status }) => status === 400).length, won === undefined ? 2 : 1);
    const grants = world.grants.size;
    assert.equal((await askToken(world.url, fresh)).body['error'], 'invalid_grant');
    assert.ok(world.grants.size <= grants);
    if (won === undefined) return;
    const refreshed = await askToken(world.url, {
      grant_type: 'refresh_token',
      refresh_token: won.body['refresh_token'] ?? '',
      client_id: client.id,
    });
    assert.equal(refreshed.body['error'], 'invalid_grant');
  });

  test('ends after oauthCodeMs', async () => {
    await using world = await startOAuthWorld();
    const client = await clientOf(world);
    const { verifier, challenge } = makePkce();
    const url = authorizeUrl(world.url, client, challenge);
    const { answer } = await new OAuthBrowser().authorize(url);
    world.clock.nowMs += limits.oauthCodeMs + 1_000;
    const token = await askToken(world.url, {
      grant_type: 'authorization_code',
      code: answer?.searchParams.get('code') ?? '',
      redirect_uri: client.redirectUri,
      client_id: client.id,
      code_verifier: verifier,
    });
    assert.equal(token.body['error'], 'invalid_grant');
  });
});

describe('a refresh token', () => {
  test('is replaced at every use; a lost answer is repeated; a late reuse ends all', async () => {
    await using world = await startOAuthWorld();
    const client = await clientOf(world);
    const { body } = await logIn(world.url, client);
    const refresh = (token: string | undefined, more = {}) =>
      askToken(world.url, {
        grant_type: 'refresh_token',
        refresh_token: token ?? '',
        client_id: client.id,
        ...more,
      });
    const first = body['refresh_token'];
    const next = await refresh(first);
    assert.equal(next.status, 200);
    assert.notEqual(next.body['refresh_token'], first);
    assert.equal((await refresh(first)).body['refresh_token'], next.body['refresh_token']);
    const other = await clientOf(world, { client_name: 'Other' });
    const stolen = await refresh(next.body['refresh_token'], { client_id: other.id });
    assert.equal(stolen.body['error'], 'invalid_grant');
    const wide = await refresh(next.body['refresh_token'], { scope: 'mcp services.write' });
    assert.equal(wide.body['scope'], 'mcp');
    assert.equal(decodeJwt(wide.body['access_token'] ?? '')['scope'], 'mcp');
    const last = wide.body['refresh_token'];
    const elsewhere = await refresh(last, { resource: `${world.url}/api` });
    assert.equal(elsewhere.body['error'], 'invalid_target');
    world.clock.nowMs += 31_000;
    assert.equal((await refresh(first)).body['error'], 'invalid_grant');
    assert.equal((await refresh(last)).body['error'], 'invalid_grant');
    assert.equal(world.grants.size, 0);
  });

  test('is given to who asked for one at registration', async () => {
    await using world = await startOAuthWorld();
    const client = await clientOf(world, { grant_types: ['authorization_code'] });
    const { body } = await logIn(world.url, client);
    assert.equal(body['refresh_token'], undefined);
    assert.ok(body['access_token']);
  });

  test('of two installations of one client are two families', async () => {
    await using world = await startOAuthWorld();
    const client = await clientOf(world);
    const [one, two] = [await logIn(world.url, client), await logIn(world.url, client)];
    assert.equal(world.grants.size, 2);
    const revoked = await fetch(`${world.url}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token: one.body['refresh_token'] ?? '', client_id: client.id }),
    });
    assert.equal(revoked.status, 200);
    const refresh = (token: string | undefined) =>
      askToken(world.url, {
        grant_type: 'refresh_token',
        refresh_token: token ?? '',
        client_id: client.id,
      });
    assert.equal((await refresh(one.body['refresh_token'])).body['error'], 'invalid_grant');
    assert.equal((await refresh(two.body['refresh_token'])).status, 200);
  });
});
