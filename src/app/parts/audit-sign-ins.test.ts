import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { A, B, PASSWORD, quickHash, signInWorld } from '../../../test/support/sign-in-world.ts';
import type { AuditAct } from '../../audit/audit-act.ts';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import { auditSignIns } from './audit-sign-ins.ts';

function setUp() {
  const world = signInWorld();
  world.people.add('usr_ada', { login: 'ada', passwordHash: quickHash(PASSWORD) }, [A, B]);
  const acts: AuditAct[] = [];
  const audit = { note: (act: AuditAct) => void acts.push(act) };
  const { signIn } = auditSignIns(world.authentication, { audit, log: silentLog });
  const attempt = (login: string, password: string) =>
    signIn({ login, password, address: '192.0.2.1' });
  return { acts, attempt };
}

test('a wrong password is noted in every tenant of the person, by its id', async () => {
  const { acts, attempt } = setUp();
  await assert.rejects(attempt('ada', 'wrong'), { code: 'unauthenticated' });
  await turn();
  assert.deepEqual(
    acts.map(({ tenant, subject, rule }) => [tenant, subject, rule]),
    [
      [A, 'user:usr_ada', 'unauthenticated'],
      [B, 'user:usr_ada', 'unauthenticated'],
    ],
  );
  assert.ok(!JSON.stringify(acts).includes('"ada"'));
});

test('a right one is not, and a login that nobody has is in no chain', async () => {
  const { acts, attempt } = setUp();
  await attempt('ada', PASSWORD);
  await assert.rejects(attempt('nobody', 'wrong'));
  await turn();
  assert.deepEqual(acts, []);
});

test('a lock-out is told apart', async () => {
  const { acts, attempt } = setUp();
  for (let n = 0; n <= limits.signInFailuresMax; n++) {
    await assert.rejects(attempt('ada', 'wrong'));
  }
  await turn();
  assert.equal(acts.at(-1)?.rule, 'too_many');
});
