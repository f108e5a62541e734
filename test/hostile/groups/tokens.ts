import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JWTPayload } from 'jose';
import { logIn, askToken, registerClient } from '../../support/oauth-browser.ts';
import { addPerson } from '../../support/add-person.ts';
import type { HostileCase } from '../case.ts';
import { textOf } from '../world/client.ts';
import type { IssuerName } from '../world/evil-issuer.ts';
import type { World } from '../world/open-world.ts';
import { browserOf } from '../world/sign-in.ts';

const REDIRECT = 'http://127.0.0.1:1234/callback';
/** A token that is used again answers like the first time for so long. */
const REPEAT_MS = 31_000;
const SECOND_MS = 1_000;

/** What the control plane answers to a token. */
async function ask({ client }: World, token: string): Promise<number> {
  return (await client.send('GET', '/api/v1/services', { key: token })).status;
}

/** A token for the control plane. */
function sign(world: World, name: IssuerName, claims: JWTPayload = {}): Promise<string> {
  return world.issuer.sign(name, { aud: `${world.gateway.url}/api`, ...claims });
}

const otherAudience: HostileCase = {
  id: 'A4',
  title: 'a token that is well signed for another resource, for two, for nearly this one',
  expected: '401 on both planes; one for the very endpoint is good there alone',
  run: async (world) => {
    const { client, gateway, evil } = world;
    const own = `${gateway.url}/api`;
    const wrong = [
      'https://other.example/api',
      ['https://other.example/api', own],
      [own, `${gateway.url}/mcp`],
      [],
      '',
      `${own}/`,
      `${own}2`,
      `${own}?x`,
      own.replace('http:', 'HTTP:'),
      own.replace('/api', '/API'),
      gateway.url,
      `${gateway.url}/mcp/calm`,
      undefined,
    ];
    for (const aud of wrong) {
      const token = await world.issuer.sign('ours', { aud } as JWTPayload);
      assert.equal(await ask(world, token), 401, JSON.stringify(aud));
    }
    assert.equal(await ask(world, await sign(world, 'ours')), 200);
    assert.equal(await ask(world, await sign(world, 'ours', { aud: [own] })), 200);
    const { calls } = evil;
    const forCalm = await sign(world, 'ours', { aud: `${gateway.url}/mcp/calm` });
    for (const [token, path] of [
      [await sign(world, 'ours'), '/mcp/calm'],
      [forCalm, '/mcp/evil'],
      [forCalm, '/mcp'],
    ] as const) {
      const came = await client.call(token, path, 'work');
      assert.equal(came.status, 401, path);
    }
    assert.equal(evil.calls, calls);
    assert.equal((await client.call(forCalm, '/mcp/calm', 'work')).status, 200);
  },
};

const otherIssuer: HostileCase = {
  id: 'A5',
  title:
    'a token of an issuer that nobody configured, of another’s key, of another tenant’s issuer',
  expected: '401; an issuer’s tokens are good in its own tenant, whatever they claim',
  run: async (world) => {
    const { client, issuer, keys } = world;
    const [ours, theirs] = [issuer.issuerOf('ours'), issuer.issuerOf('theirs')];
    for (const iss of [`${ours}/`, ours.toUpperCase(), `${ours}x`, 'https://evil.example', '']) {
      assert.equal(await ask(world, await sign(world, 'ours', { iss })), 401, iss);
    }
    // Signed by one, said to be of the other.
    assert.equal(await ask(world, await sign(world, 'ours', { iss: theirs })), 401);
    assert.equal(await ask(world, await sign(world, 'theirs', { iss: ours })), 401);
    const { json } = await client.send('GET', '/api/v1/tenant', { key: keys.admin });
    const claims = { tid: textOf(json, 'id'), tenant: 'default', org: 'default' };
    const foreign = await sign(world, 'theirs', claims);
    const seen = await client.send('GET', '/services', { key: foreign });
    assert.equal(seen.status, 200);
    assert.doesNotMatch(seen.text, /"slug":"calm"/);
    const headers = { 'mcp-gateway-tenant': 'default', 'x-tenant-id': claims.tid };
    const wished = await client.send('GET', '/services', { key: foreign, headers });
    assert.doesNotMatch(wished.text, /"slug":"calm"/);
  },
};

const outOfTime: HostileCase = {
  id: 'A6',
  title: 'a token that has ended, begins later, never ends, was made tomorrow; both edges of 60 s',
  expected: '401; clocks may differ by a minute and no more',
  run: async (world) => {
    const now = Math.floor(Date.now() / SECOND_MS);
    for (const claims of [
      { exp: now - 65 },
      { nbf: now + 70 },
      { exp: undefined },
      { exp: String(now + 300) },
      { exp: -1 },
      { iat: undefined },
      { iat: now + 86_400, exp: now + 90_000 },
      { iat: now + 70 },
      { sub: undefined },
      { nonce: 'an ID token' },
    ]) {
      const token = await sign(world, 'ours', claims as unknown as JWTPayload);
      assert.equal(await ask(world, token), 401, JSON.stringify(claims));
    }
    for (const claims of [{ exp: now - 50 }, { nbf: now + 50 }, { iat: now + 50 }]) {
      const token = await sign(world, 'ours', claims);
      assert.equal(await ask(world, token), 200, JSON.stringify(claims));
    }
  },
};

const reused: HostileCase = {
  id: 'A14',
  title: 'a refresh token used twice: at once, and by somebody else later; of a login and of OAuth',
  expected: 'at once nobody is logged out; later the whole login ends, its access tokens too',
  run: async (world) => {
    const { client, gateway, keys } = world;
    const person = await addPerson(gateway.url, keys.admin, 'developer');
    const login = (await client.send('POST', '/auth/authenticate', { body: { ...person } })).json;
    const refresh = (refreshToken: string) =>
      client.send('POST', '/auth/refresh', { body: { refreshToken } });
    const first = textOf(login, 'refreshToken');
    const [one, two] = await Promise.all([refresh(first), refresh(first)]);
    assert.deepEqual([one.status, two.status], [200, 200]);
    assert.equal(textOf(one.json, 'refreshToken'), textOf(two.json, 'refreshToken'));
    const access = textOf(one.json, 'accessToken');
    assert.equal(await ask(world, access), 200);

    const { body } = await registerClient(gateway.url);
    const id = body['client_id'] ?? '';
    const oauth = await logIn(gateway.url, { id, redirectUri: REDIRECT }, browserOf(person));
    const renew = (token: string) =>
      askToken(gateway.url, {
        grant_type: 'refresh_token',
        refresh_token: token,
        client_id: id,
      });
    const old = oauth.body['refresh_token'] ?? '';
    const renewed = await Promise.all([renew(old), renew(old)]);
    assert.ok(renewed.every(({ status }) => status === 200));
    const young = renewed[0]?.body['refresh_token'] ?? '';
    const token = renewed[0]?.body['access_token'] ?? '';
    assert.equal((await client.call(token, '/mcp/calm', 'work')).status, 401, 'for /mcp alone');
    assert.equal((await client.mcp(token, '/mcp', 'tools/list')).status, 200);

    await sleep(REPEAT_MS);
    assert.equal((await refresh(first)).status, 401);
    assert.equal((await refresh(textOf(one.json, 'refreshToken'))).status, 401, 'its successor');
    assert.equal(await ask(world, access), 401, 'its access token');
    assert.equal((await renew(old)).status, 400);
    assert.equal((await renew(young)).status, 400, 'its successor');
    assert.equal((await client.mcp(token, '/mcp', 'tools/list')).status, 401, 'its access token');
  },
};

const keyServers: HostileCase = {
  id: 'A21',
  title: 'servers of keys that are away, silent, endless, or have another key each time',
  expected: '401 or 503 within seconds; asked once in 30 s; keys that are known go on',
  run: async (world) => {
    const { issuer, gateway } = world;
    const tryOut = async (name: IssuerName): Promise<void> => {
      const started = performance.now();
      const token = await sign(world, name);
      const statuses = await Promise.all(Array.from({ length: 4 }, () => ask(world, token)));
      assert.ok(
        statuses.every((status) => [401, 503].includes(status)),
        `${name}: ${statuses.join(' ')}`,
      );
      assert.ok(performance.now() - started < 8_000, `${name} held the caller up`);
      assert.ok((issuer.asked.get(name) ?? 0) <= 1, `${name} was asked ${issuer.asked.get(name)}`);
    };
    await Promise.all([tryOut('away'), tryOut('slow'), tryOut('endless')]);
    for (let turn = 0; turn < 20; turn++) {
      const aud = `${gateway.url}/api`;
      assert.equal(await ask(world, await issuer.sign('turning', { aud }, `guess-${turn}`)), 401);
    }
    assert.ok((issuer.asked.get('turning') ?? 0) <= 1, `${issuer.asked.get('turning')} times`);
    assert.equal(await ask(world, await sign(world, 'ours')), 200);
    issuer.isAway = true;
    try {
      assert.equal(await ask(world, await sign(world, 'ours')), 200);
      const unknown = await issuer.sign('ours', { aud: `${gateway.url}/api` }, 'unknown');
      assert.equal(await ask(world, unknown), 401);
      assert.equal(await ask(world, await sign(world, 'ours')), 200);
    } finally {
      issuer.isAway = false;
    }
  },
};

const alike: HostileCase = {
  id: 'A23b',
  title: 'two tokens that begin with the same 600 characters, of two tenants, in turn',
  expected: 'each is whom it stands for',
  run: async (world) => {
    const { client, issuer, gateway } = world;
    const signed = (name: IssuerName) => {
      const aud = `${gateway.url}/api`;
      return issuer.sign(name, { first: 'x'.repeat(500), aud, iss: issuer.issuerOf(name) });
    };
    const [a, b] = [await signed('ours'), await signed('theirs')];
    assert.equal(a.slice(0, 600), b.slice(0, 600));
    for (let turn = 0; turn < 3; turn++) {
      const [ofA, ofB] = await Promise.all(
        [a, b].map((key) => client.send('GET', '/services', { key })),
      );
      assert.match(ofA?.text ?? '', /"slug":"calm"/);
      assert.equal(ofB?.status, 200);
      assert.doesNotMatch(ofB?.text ?? '', /"slug":"calm"/);
    }
  },
};

/** Tokens, whoever made them. */
export const tokenCases = { otherAudience, otherIssuer, outOfTime, reused, keyServers, alike };
