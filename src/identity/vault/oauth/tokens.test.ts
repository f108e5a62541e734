import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { oauthWorld } from '../../../../test/support/oauth-world.ts';
import type { EgressRequest, EgressResponse } from '../../../kernel/egress.ts';
import { limits } from '../../../kernel/limits.ts';
import { ServiceTokens } from '../service-tokens.ts';
import { grantForSubject } from '../renew-tokens.ts';
import { createOAuthFetch } from './oauth-http.ts';

describe('answers of an authorization server', () => {
  test('are asked for within oauthAnswerMs and oauthAnswerBytesMax, on the web alone', async () => {
    const seen: { request?: EgressRequest; bytesMax?: number | undefined } = {};
    const fetch = createOAuthFetch({
      connect: () => Promise.reject(new Error()),
      openWebSocket: () => Promise.reject(new Error()),
      request: (request) => {
        seen.request = request;
        const bytes = (bytesMax?: number) => {
          seen.bytesMax = bytesMax;
          return Promise.resolve(Buffer.from('{}'));
        };
        return Promise.resolve({ status: 200, headers: {}, bytes } as unknown as EgressResponse);
      },
    });
    const options = { method: 'GET', headers: { 'user-agent': 'lib', accept: 'x' } };
    await fetch('https://as.example/token', options);
    assert.equal(seen.request?.headersTimeoutMs, limits.oauthAnswerMs);
    assert.equal(seen.bytesMax, limits.oauthAnswerBytesMax);
    assert.deepEqual(seen.request?.headers, { accept: 'x' });
    for (const url of [
      'file:///etc/passwd',
      'javascript:1',
      'http://as.example/',
      'https://a:b@c/',
    ]) {
      await assert.rejects(fetch(url, options), { code: 'upstream_failed' });
    }
    await fetch('http://127.0.0.1:1/', options);
  });

  test('hold a token of tokenLengthMax characters at most, which can be sent', async () => {
    const longest = 'x'.repeat(limits.tokenLengthMax);
    const world = oauthWorld();
    world.server.token = () => ({ access_token: longest });
    await world.connect();
    assert.equal(await world.tokens.token(world.service, 'usr_1'), longest);
    for (const token of [`${longest}x`, '', 'a\nb', 'ä', 7]) {
      const other = oauthWorld();
      other.server.token = () => ({ access_token: token });
      await assert.rejects(other.connect(), { code: 'upstream_failed' });
    }
  });

  test('may lack what is missing so often: type, lifetime, scope', async () => {
    const world = oauthWorld({ scopes: ['read'] });
    world.server.token = () => ({ access_token: 'bare', expires_in: 'soon', id_token: 'nonsense' });
    await world.connect();
    const [connection] = await world.connections.list(world.service.tenant, 'usr_1');
    assert.deepEqual([connection?.expiresAtMs, connection?.scopes], [null, ['read']]);
  });
});

describe('grants without a browser', () => {
  test('client credentials: found out from the refusal, asked for once, kept', async () => {
    const world = oauthWorld({
      grant: 'client_credentials',
      clientId: 'svc',
      clientSecret: 'geheim-1',
    });
    const tokens = new ServiceTokens(
      () => Promise.resolve(world.oauth),
      () => world.clock.nowMs,
    );
    assert.equal(await tokens.token(world.service), undefined);
    const refused = { status: 401, challenge: 'Bearer scope="read"' };
    const first = await Promise.all([1, 2].map(() => tokens.token(world.service, refused)));
    assert.equal(first[0], 'access-1');
    const call = world.server.asked.find(({ what }) => what.endsWith('/token'));
    assert.deepEqual(
      ['grant_type', 'scope', 'client_secret'].map((name) => call?.form.get(name)),
      ['client_credentials', 'read', null],
    );
    const kept = await tokens.token(world.service);
    assert.equal(await tokens.token(world.service), kept);
    world.clock.nowMs += 3_600_000;
    assert.notEqual(await tokens.token(world.service, refused), kept);
  });

  test('token exchange: the user’s token goes to the authorization server alone', async () => {
    const world = oauthWorld({ grant: 'token_exchange', clientId: 'gw', audience: 'api' });
    const { tokens, issuer } = await grantForSubject(world.oauth, world.service, 'mine', undefined);
    assert.deepEqual([tokens.accessToken, issuer], ['access-1', 'https://as.example']);
    const [call, ...others] = world.server.asked.filter(({ form }) => {
      return form.get('subject_token') === 'mine';
    });
    assert.equal(others.length, 0);
    assert.equal(call?.what, 'POST https://as.example/token');
    assert.equal(call?.form.get('audience'), 'api');
  });

  test('identity assertion: by way of the identity provider', async () => {
    const provider = { clientId: 'gw-at-idp', tokenUrl: 'https://idp.example/token' };
    const world = oauthWorld({
      grant: 'identity_assertion',
      clientId: 'gw',
      clientSecret: 'geheim-2',
      identityProvider: provider,
    });
    await grantForSubject(world.oauth, world.service, 'id-token', undefined);
    const calls = world.server.asked.filter(({ what }) => what.endsWith('/token'));
    assert.deepEqual(
      calls.map(({ what, form }) => [
        what,
        form.get('requested_token_type'),
        form.get('assertion'),
      ]),
      [
        ['POST https://idp.example/token', 'urn:ietf:params:oauth:token-type:id-jag', null],
        ['POST https://as.example/token', null, 'access-1'],
      ],
    );
    assert.equal(calls[0]?.form.get('audience'), 'https://as.example');
  });
});
