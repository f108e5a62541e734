import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { memoryIdentity } from '../../../test/support/memory-identity.ts';
import { limits } from '../../kernel/limits.ts';
import { tenantId } from '../../kernel/principal.ts';
import { createTokenHash } from '../token-hash.ts';
import { sessionName } from './create-sso.ts';
import { createSsoLogout } from './logout.ts';
import type { SsoConnection } from './store.ts';

const [A, B] = [tenantId('ten_a'), tenantId('ten_b')];
const ISSUER = 'https://login.example';
const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };
const hash = createTokenHash([{ id: 'k1', secret: Buffer.alloc(32, 1) }]);
const [pair, other] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')];
const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'ES256' };
const NOW_MS = 1_800_000_000_000;

function setUp(connections: readonly Partial<SsoConnection>[] = [{}]) {
  const clock = { ms: NOW_MS };
  const { oneTimeTokens } = memoryIdentity();
  const [asked, revoked]: [string[], string[]] = [[], []];
  const known = { id: 'sso_1', tenant: A, issuer: ISSUER, clientId: 'gateway', enabled: true };
  const all = connections.map((one) => ({ ...known, ...one }) as SsoConnection);
  const logout = createSsoLogout({
    connections: { ofIssuer: async (issuer) => all.filter((one) => one.issuer === issuer) },
    logins: {
      find: async (name) =>
        name === hash.of(sessionName('sso_1', 'session'))
          ? { hash: name, userId: 'usr_session', expiresAtMs: 1 }
          : undefined,
    },
    tokens: oneTimeTokens,
    grants: {
      revokeOfUser: async ({ userId }) => {
        asked.push(userId);
        return [{ tenant: A, id: 'grt_1' }];
      },
    },
    hash,
    keysOf: async () => ({ keys: [jwk] }),
    findLink: async (issuer, subject) =>
      subject === 'ada'
        ? { issuer, subject, tenant: A, userId: 'usr_ada', createdAtMs: 1 }
        : undefined,
    revoked: ({ id }) => void revoked.push(id),
    now: () => clock.ms,
  });
  return { logout, asked, revoked, clock };
}

let number = 0;
function order(
  change: Readonly<Record<string, unknown>> = {},
  { typ = 'logout+jwt', key = pair.privateKey } = {},
): Promise<string> {
  const made = { iss: ISSUER, aud: 'gateway', iat: NOW_MS / 1000, jti: `j${number++}` };
  const claims = { ...made, events: EVENTS, sub: 'ada', ...change };
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k', typ }).sign(key);
}

const refused = { code: 'invalid_params' };

describe('an order of a provider to end logins', () => {
  test('ends those of its subject or session, once', async () => {
    const { logout, asked, revoked } = setUp();
    const token = await order();
    await logout(token);
    await logout(await order({ sub: undefined, sid: 'session' }));
    assert.deepEqual(asked, ['usr_ada', 'usr_session']);
    assert.deepEqual(revoked, ['grt_1', 'grt_1']);
    await assert.rejects(logout(token), refused);
    assert.equal(asked.length, 2);
  });

  test('ends nothing of who is not known here', async () => {
    const { logout, asked } = setUp();
    await logout(await order({ sub: 'stranger' }));
    await logout(await order({ sub: undefined, sid: 'another' }));
    const foreign = setUp([{ tenant: B }]);
    await foreign.logout(await order());
    assert.deepEqual([...asked, ...foreign.asked], []);
  });

  test('is refused when it is anything but such an order', async () => {
    const { logout, asked } = setUp();
    const wrong: readonly Readonly<Record<string, unknown>>[] = [
      { nonce: 'n' },
      { events: undefined },
      { events: {} },
      { events: { 'http://schemas.openid.net/event/backchannel-logout': true } },
      { aud: 'another' },
      { iss: 'https://other.example' },
      { jti: undefined },
      { iat: undefined },
      { sub: undefined },
      { exp: NOW_MS / 1000 - 3_600 },
    ];
    for (const change of wrong) {
      await assert.rejects(logout(await order(change)), refused, JSON.stringify(change));
    }
    await assert.rejects(logout(await order({}, { typ: 'at+jwt' })), refused);
    await assert.rejects(logout(await order({}, { key: other.privateKey })), refused);
    const [head, body] = (await order()).split('.');
    await assert.rejects(logout(`${head}.${body}.`), refused);
    await assert.rejects(logout('no token'), refused);
    const unused = setUp([{ enabled: false }]);
    await assert.rejects(unused.logout(await order()), refused);
    assert.deepEqual(asked, []);
  });

  test('is good for limits.ssoLogoutTokenMs, and as long as clocks may differ', async () => {
    const { logout, clock } = setUp();
    const [early, late] = [await order(), await order()];
    clock.ms = NOW_MS + limits.ssoLogoutTokenMs + limits.externalTokenSkewMs;
    await logout(early);
    clock.ms += 1_000;
    await assert.rejects(logout(late), refused);
  });
});
