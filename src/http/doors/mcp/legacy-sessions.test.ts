import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Principal } from '../../../kernel/principal.ts';
import { testPrincipal } from '../../../../test/support/test-principal.ts';
import { limits } from '../../../kernel/limits.ts';
import { LegacySessions, type HttpSession, type SessionUse } from './legacy-sessions.ts';

const by = (grant: string, credentialId = grant): SessionUse => ({
  endpoint: { kind: 'all' },
  managed: null,
  principal: { ...testPrincipal({ grant }), credentialId },
});

function open(sessions: LegacySessions, grantId: string): HttpSession {
  return sessions.open(by(grantId), () => () => Promise.reject(new Error('unused')));
}

describe('LegacySessions', () => {
  it('keeps limits.sessionsPerCredentialMax of one credential: the oldest makes room', () => {
    using sessions = new LegacySessions();
    const first = open(sessions, 'a');
    first.lastUsedMs -= 1;
    const foreign = open(sessions, 'b');
    for (let more = 1; more < limits.sessionsPerCredentialMax; more++) open(sessions, 'a');
    assert.equal(sessions.size, limits.sessionsPerCredentialMax + 1);
    assert.equal(sessions.find(first.session.id, by('a')), first);
    first.lastUsedMs = 0;
    open(sessions, 'a');
    assert.equal(sessions.size, limits.sessionsPerCredentialMax + 1);
    assert.throws(() => sessions.find(first.session.id, by('a')), {
      code: 'session_not_found',
    });
    assert.equal(sessions.find(foreign.session.id, by('b')), foreign);
  });

  it('is used by any token of its grant, on the latest one, and by no other grant', () => {
    using sessions = new LegacySessions();
    let caller: (() => Principal) | undefined;
    const { session } = sessions.open(by('a', 'token 1'), (opened) => {
      caller = opened.caller;
      return () => Promise.reject(new Error('unused'));
    });
    assert.equal(caller?.().credentialId, 'token 1');
    sessions.find(session.id, by('a', 'token 2'));
    assert.equal(caller?.().credentialId, 'token 2');
    assert.throws(() => sessions.find(session.id, by('b', 'token 2')), {
      code: 'session_not_found',
    });
    assert.equal(caller?.().credentialId, 'token 2');
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
    assert.throws(() => sessions.find(idle.session.id, by('a')), {
      code: 'session_not_found',
    });
  });
});
