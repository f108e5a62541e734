import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { testPrincipal } from '../../../test/support/test-principal.ts';
import { memorySessionStore } from '../../../test/support/memory-session-store.ts';
import { limits } from '../../kernel/limits.ts';
import type { Principal } from '../../kernel/principal.ts';
import { ManagedSessions, type SessionInput } from './managed-sessions.ts';

const principal = (tenant: string, grant: string): Principal =>
  testPrincipal({ tenant, grant, role: 'developer' });
const [mine, other] = [principal('ten_a', 'key_a'), principal('ten_a', 'key_other')];
const foreign = principal('ten_b', 'key_a');
const input: SessionInput = {
  services: null,
  transport: 'any',
  idPlace: 'path',
  lifeMs: 10_000,
};

function start() {
  const store = memorySessionStore();
  const clock = { nowMs: 1_000_000 };
  const sessions = new ManagedSessions({
    store,
    hasService: ({ tenant }, slug) => tenant === 'ten_a' && slug !== 'nowhere',
    now: () => clock.nowMs,
  });
  return { store, clock, sessions };
}

const notFound = { code: 'session_not_found' };

describe('managed sessions', () => {
  test('are found by the credential of the tenant that made them', async () => {
    const { sessions } = start();
    using _ = sessions;
    const { id } = await sessions.create(mine, input);
    assert.equal((await sessions.find(mine, id)).session.id, id);
    for (const stranger of [other, foreign]) {
      await assert.rejects(sessions.find(stranger, id), notFound);
      await assert.rejects(sessions.end(stranger, id), notFound);
    }
    const live = await sessions.find(mine, id);
    assert.equal(live.life.reason, undefined, 'strangers end nothing');
  });

  test('are bounded per credential: N and no more, expired ones not counted', async () => {
    const { sessions, clock } = start();
    using _ = sessions;
    for (let made = 0; made < limits.sessionsPerCredentialMax; made++) {
      await sessions.create(mine, input);
    }
    await assert.rejects(sessions.create(mine, input), {
      code: 'conflict',
      message: /has 200 sessions.*sessionsPerCredentialMax.*end one first/,
    });
    await sessions.create(other, input);
    clock.nowMs += input.lifeMs;
    await sessions.create(mine, input);
    assert.equal((await sessions.list(mine)).length, 1);
  });

  test('end at their time to the millisecond, whether or not anybody looks', async () => {
    const { sessions, clock } = start();
    using _ = sessions;
    const { id } = await sessions.create(mine, input);
    const live = await sessions.find(mine, id);
    clock.nowMs += input.lifeMs - 1;
    await sessions.find(mine, id);
    await sessions.sweep();
    assert.equal(live.life.reason, undefined);
    clock.nowMs += 1;
    await assert.rejects(sessions.find(mine, id), notFound);
    await sessions.sweep();
    assert.equal(live.life.reason, 'cancelled');
  });

  test('that another instance ended end here once the cache is stale', async () => {
    const { sessions, clock, store } = start();
    using _ = sessions;
    const { id } = await sessions.create(mine, { ...input, lifeMs: 3_600_000 });
    const live = await sessions.find(mine, id);
    store.rows.length = 0;
    clock.nowMs += limits.managedSessionCacheMs - 1;
    assert.equal(await sessions.find(mine, id), live);
    clock.nowMs += 1;
    await assert.rejects(sessions.find(mine, id), notFound);
    assert.equal(live.life.reason, 'cancelled');
  });

  test('that another instance ended end here though nobody asks for them', async () => {
    const { sessions, clock, store } = start();
    using _ = sessions;
    const { id } = await sessions.create(mine, { ...input, lifeMs: 3_600_000 });
    const live = await sessions.find(mine, id);
    store.rows.length = 0;
    clock.nowMs += limits.managedSessionRecheckMs - 1;
    await sessions.sweep();
    assert.equal(live.life.reason, undefined);
    clock.nowMs += 1;
    await sessions.sweep();
    assert.equal(live.life.reason, 'cancelled');
  });

  test('that another instance ended end here as soon as it says so', async () => {
    const { sessions, store } = start();
    using _ = sessions;
    const { id } = await sessions.create(mine, { ...input, lifeMs: 3_600_000 });
    const live = await sessions.find(mine, id);
    await sessions.reload('ten_a');
    assert.equal(live.life.reason, undefined);
    store.rows.length = 0;
    await sessions.reload('ten_b');
    assert.equal(live.life.reason, undefined, 'of another tenant');
    await sessions.reload('ten_a');
    assert.equal(live.life.reason, 'cancelled');
  });

  test('name services that are there, each once', async () => {
    const { sessions } = start();
    using _ = sessions;
    await assert.rejects(sessions.create(mine, { ...input, services: ['a', 'nowhere'] }), {
      code: 'not_found',
    });
    const { services } = await sessions.create(mine, { ...input, services: ['a', 'b', 'a'] });
    assert.deepEqual(services, ['a', 'b']);
  });
});
