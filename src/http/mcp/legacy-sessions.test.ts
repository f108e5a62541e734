import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import { tenantId, type Principal } from '../../kernel/principal.ts';
import { LegacySessions, type HttpSession } from './legacy-sessions.ts';

const principal = (credentialId: string): Principal => ({
  tenant: tenantId('ten_1'),
  userId: 'usr_1',
  credentialId,
  role: 'member',
});

const all = { endpoint: { kind: 'all' }, managed: null } as const;

function open(sessions: LegacySessions, credentialId: string): HttpSession {
  return sessions.open(
    principal(credentialId),
    all,
    () => () => Promise.reject(new Error('unused')),
  );
}

describe('LegacySessions', () => {
  it('keeps limits.sessionsPerCredentialMax of one credential: the oldest makes room', () => {
    using sessions = new LegacySessions();
    const first = open(sessions, 'a');
    first.lastUsedMs -= 1;
    const foreign = open(sessions, 'b');
    for (let more = 1; more < limits.sessionsPerCredentialMax; more++) open(sessions, 'a');
    assert.equal(sessions.size, limits.sessionsPerCredentialMax + 1);
    assert.equal(sessions.find(first.session.id, principal('a'), all), first);
    first.lastUsedMs = 0;
    open(sessions, 'a');
    assert.equal(sessions.size, limits.sessionsPerCredentialMax + 1);
    assert.throws(() => sessions.find(first.session.id, principal('a'), all), {
      code: 'session_not_found',
    });
    assert.equal(sessions.find(foreign.session.id, principal('b'), all), foreign);
  });

  it('ends a session that was idle for limits.sessionIdleMs, not one that is watched', (test) => {
    test.mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1_000_000 });
    using sessions = new LegacySessions();
    const idle = open(sessions, 'a');
    const watched = open(sessions, 'a');
    watched.serverStream.attach({ event: () => undefined, end: () => {} });
    test.mock.timers.tick(limits.sessionIdleMs);
    assert.equal(sessions.size, 2);
    test.mock.timers.tick(20_000);
    assert.equal(sessions.size, 1);
    assert.throws(() => sessions.find(idle.session.id, principal('a'), all), {
      code: 'session_not_found',
    });
  });
});
