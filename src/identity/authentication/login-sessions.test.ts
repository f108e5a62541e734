import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { A, B, signInWorld } from '../../../test/support/sign-in-world.ts';
import { limits } from '../../kernel/limits.ts';
import { csrfToken, isCsrfToken } from './login-sessions.ts';

function setUp() {
  const world = signInWorld();
  world.people.add('ada', {}, [A, B]);
  return { ...world, sessions: world.authentication.sessions };
}

describe('a browser session', () => {
  test('is opened by its cookie, which is stored nowhere', async () => {
    const { sessions, stores, permissions } = setUp();
    const { session, cookie } = await sessions.begin('ada', A);
    const opened = await sessions.open(cookie);
    assert.deepEqual(opened?.principal, {
      tenant: A,
      subject: { kind: 'user', id: 'ada' },
      grantId: session.grantId,
      credentialId: session.id,
      permissions,
    });
    assert.ok(!JSON.stringify(await stores.loginSessions.list('ada')).includes(cookie));
    for (const wrong of ['', cookie.slice(1), `${cookie}x`, `${cookie};`, 'x'.repeat(43)]) {
      assert.equal(await sessions.open(wrong), undefined, wrong);
    }
  });

  test('is over after loginSessionIdleMs without a request', async () => {
    const { sessions, clock } = setUp();
    const { cookie } = await sessions.begin('ada', A);
    clock.ms += limits.loginSessionIdleMs - 1;
    assert.notEqual(await sessions.open(cookie), undefined);
    clock.ms += limits.loginSessionIdleMs - 1;
    assert.notEqual(await sessions.open(cookie), undefined, 'the request was noted');
    clock.ms += limits.loginSessionIdleMs;
    assert.equal(await sessions.open(cookie), undefined);
    assert.deepEqual(await sessions.list('ada'), []);
  });

  test('notes requests every loginSessionSeenMs', async () => {
    const { sessions, clock, stores } = setUp();
    const { session, cookie } = await sessions.begin('ada', A);
    clock.ms += limits.loginSessionSeenMs - 1;
    await sessions.open(cookie);
    assert.equal((await stores.loginSessions.find(session.hash))?.seenAtMs, session.seenAtMs);
    clock.ms += 1;
    await sessions.open(cookie);
    assert.equal((await stores.loginSessions.find(session.hash))?.seenAtMs, clock.ms);
  });

  test('is over after loginSessionMs, however busy', async () => {
    const { sessions, clock } = setUp();
    const { cookie } = await sessions.begin('ada', A);
    const endMs = clock.ms + limits.loginSessionMs;
    while (clock.ms + limits.loginSessionIdleMs / 2 < endMs) {
      clock.ms += limits.loginSessionIdleMs / 2;
      assert.notEqual(await sessions.open(cookie), undefined);
    }
    clock.ms = endMs - 1;
    assert.notEqual(await sessions.open(cookie), undefined);
    clock.ms = endMs;
    assert.equal(await sessions.open(cookie), undefined);
  });

  test('may be one of loginSessionsPerUserMax: the next ends the oldest', async () => {
    const { sessions, clock, revoked } = setUp();
    const begun = [];
    for (let number = 0; number < limits.loginSessionsPerUserMax; number++) {
      clock.ms += 1;
      begun.push(await sessions.begin('ada', A));
    }
    assert.notEqual(await sessions.open(begun[0]?.cookie ?? ''), undefined);
    assert.equal(revoked.length, 0);
    clock.ms += 1;
    await sessions.begin('ada', A);
    assert.equal(await sessions.open(begun[0]?.cookie ?? ''), undefined);
    assert.notEqual(await sessions.open(begun[1]?.cookie ?? ''), undefined);
    assert.equal((await sessions.list('ada')).length, limits.loginSessionsPerUserMax);
  });

  test('ends at once, on the server, and by its own user alone', async () => {
    const { sessions, people, revoked } = setUp();
    people.add('bob');
    const { session, cookie } = await sessions.begin('ada', A);
    assert.equal(await sessions.end('bob', session.id), false);
    assert.notEqual(await sessions.open(cookie), undefined);
    assert.equal(await sessions.end('ada', session.id), true);
    assert.equal(await sessions.open(cookie), undefined);
    assert.deepEqual(revoked, [{ tenant: A, id: session.grantId }]);
    assert.equal(await sessions.end('ada', session.id), false);
  });

  test('moves to another tenant with a grant of its own; the old one ends', async () => {
    const { sessions, stores, revoked } = setUp();
    const { session, cookie } = await sessions.begin('ada', A);
    const moved = await sessions.switchTenant(session, B);
    assert.equal((await sessions.open(cookie))?.principal.tenant, B);
    assert.equal((await sessions.open(cookie))?.principal.grantId, moved.grantId);
    assert.notEqual(moved.grantId, session.grantId);
    assert.deepEqual(revoked, [{ tenant: A, id: session.grantId }]);
    assert.equal((await stores.grants.get(B, moved.grantId))?.expiresAtMs, session.expiresAtMs);
  });

  test('of a tenant’s own provider is good in that tenant alone', async () => {
    const { sessions } = setUp();
    const { session, cookie } = await sessions.begin('ada', A, 'sso_1');
    assert.ok((await sessions.open(cookie)) !== undefined);
    assert.ok((await sessions.open(cookie, A)) !== undefined);
    assert.equal(await sessions.open(cookie, B), undefined);
    await assert.rejects(sessions.switchTenant(session, B), { code: 'forbidden' });
  });

  test('acts in another tenant for one request, in a foreign one never', async () => {
    const { sessions, people } = setUp();
    people.add('bob', {}, [A]);
    const { cookie } = await sessions.begin('ada', A);
    assert.equal((await sessions.open(cookie, B))?.principal.tenant, B);
    assert.equal((await sessions.open(cookie))?.principal.tenant, A);
    const other = await sessions.begin('bob', A);
    assert.equal(await sessions.open(other.cookie, B), undefined);
  });

  test('ends when its user may not act any more', async () => {
    const { sessions, people } = setUp();
    const { cookie } = await sessions.begin('ada', A);
    people.members.set('ada', []);
    assert.equal(await sessions.open(cookie), undefined);
  });
});

test('the token of a page follows from the cookie and from nothing else', () => {
  const [one, other] = ['a'.repeat(43), 'b'.repeat(43)];
  assert.equal(csrfToken(one), csrfToken(one));
  assert.equal(isCsrfToken(one, csrfToken(one)), true);
  for (const wrong of [undefined, '', csrfToken(other), `${csrfToken(one)}x`, one]) {
    assert.equal(isCsrfToken(one, wrong), false, wrong);
  }
});
