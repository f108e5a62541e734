import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  LoginSession,
  OneTimeToken,
  SecondFactor,
} from '../../../src/identity/authentication/store.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';
import { grantOf } from './token-contract.ts';

/** What browser sessions, second factors, links and attempts must do on every engine. */
export function signInContract(open: OpenEmpty): void {
  sessionContract(open);
  secondFactorContract(open);
  linkContract(open);
  attemptContract(open);
}

const sessionOf = (id: string, change: Partial<LoginSession> = {}): LoginSession => ({
  hash: `hash of ${id}`,
  id,
  userId: 'usr_1',
  tenant: A,
  grantId: 'grt_1',
  createdAtMs: 10,
  seenAtMs: 10,
  expiresAtMs: 1_000,
  ...change,
});

function sessionContract(open: OpenEmpty): void {
  test('browser sessions are found by their hash, ended by id or with their grant', async (t) => {
    const { loginSessions, grants } = await openWithTenants(open, t);
    await grants.insert(A, grantOf('grt_1', { kind: 'console' }));
    const [one, two] = [sessionOf('lgn_1'), sessionOf('lgn_2', { createdAtMs: 20, grantId: 'g2' })];
    const other = sessionOf('lgn_3', { userId: 'usr_2', grantId: 'g3' });
    for (const session of [one, two, other]) await loginSessions.insert(session);
    assert.deepEqual(await loginSessions.find(one.hash), one);
    assert.equal(await loginSessions.find('another'), undefined);
    assert.deepEqual(await loginSessions.list('usr_1'), [two, one]);
    assert.equal(await loginSessions.seen(one.hash, 30), true);
    assert.equal(await loginSessions.seen('another', 30), false);
    assert.equal(await loginSessions.switchTenant(two.hash, B, 'g4'), true);
    assert.deepEqual(await loginSessions.list('usr_1'), [
      { ...two, tenant: B, grantId: 'g4' },
      { ...one, seenAtMs: 30 },
    ]);
    assert.equal(await loginSessions.delete('usr_2', two.id), false, 'only by its own user');
    assert.equal(await loginSessions.delete('usr_1', two.id), true);
    await grants.revoke(A, 'grt_1', 40);
    assert.deepEqual(await loginSessions.list('usr_1'), []);
    assert.equal(await loginSessions.switchTenant(one.hash, B, 'g5'), false);
    assert.deepEqual(await loginSessions.find(other.hash), other);
  });

  test('what has had its time is swept away, and nothing else', async (t) => {
    const { loginSessions, attempts, oneTimeTokens, grants, refreshTokens } = await openWithTenants(
      open,
      t,
    );
    const idleMs = limits.loginSessionIdleMs + limits.loginSessionSeenMs;
    const alive = sessionOf('lgn_1', { seenAtMs: 1, expiresAtMs: idleMs + 2 });
    await loginSessions.insert(alive);
    await loginSessions.insert(sessionOf('lgn_2', { seenAtMs: 0, expiresAtMs: idleMs + 2 }));
    await loginSessions.insert(sessionOf('lgn_3', { seenAtMs: 1, expiresAtMs: idleMs }));
    await grants.insert(A, grantOf('grt_1', { expiresAtMs: idleMs }));
    const token = { tenant: A, grantId: 'grt_1', createdAtMs: 1 };
    await refreshTokens.insert(A, { ...token, hash: 'r1', expiresAtMs: idleMs });
    await refreshTokens.insert(A, { ...token, hash: 'r2', expiresAtMs: idleMs + 1 });
    await oneTimeTokens.insert(linkOf('ott_1', { expiresAtMs: idleMs }));
    await attempts.deleteExpired(idleMs);
    assert.deepEqual(await loginSessions.list('usr_1'), [alive]);
    assert.equal(await refreshTokens.find('r1'), undefined);
    assert.deepEqual(await refreshTokens.find('r2'), { tenant: A, grantId: 'grt_1' });
    assert.notEqual(await grants.get(A, 'grt_1'), undefined, 'its traces are kept for a while');
    await attempts.deleteExpired(idleMs + limits.refreshTokenMs);
    assert.equal(await grants.get(A, 'grt_1'), undefined);
  });
}

function secondFactorContract(open: OpenEmpty): void {
  const factor: SecondFactor = {
    userId: 'usr_1',
    secretSealed: 'sealed',
    lastStep: 0,
    confirmedAtMs: null,
    recoveryHashes: [],
  };

  test('a second factor is confirmed once and takes each step and code once', async (t) => {
    const { secondFactors } = await openWithTenants(open, t);
    assert.equal(await secondFactors.enrol(factor), true);
    assert.equal(await secondFactors.enrol({ ...factor, secretSealed: 'again' }), true);
    assert.equal(await secondFactors.takeStep('usr_1', 5), false, 'not confirmed yet');
    assert.equal(await secondFactors.takeRecovery('usr_1', 'one'), false);
    assert.equal(await secondFactors.confirm('usr_1', 7, 50, ['one', 'two']), true);
    assert.equal(await secondFactors.confirm('usr_1', 8, 60, []), false);
    assert.equal(await secondFactors.enrol(factor), false, 'a confirmed one is not overwritten');
    assert.equal(await secondFactors.takeStep('usr_1', 7), false);
    const taken = await Promise.all([8, 8, 8].map((step) => secondFactors.takeStep('usr_1', step)));
    assert.equal(taken.filter(Boolean).length, 1);
    assert.equal(await secondFactors.takeRecovery('usr_1', 'three'), false);
    const codes = ['one', 'one', 'one'];
    const used = await Promise.all(codes.map((hash) => secondFactors.takeRecovery('usr_1', hash)));
    assert.equal(used.filter(Boolean).length, 1);
    assert.deepEqual(await secondFactors.get('usr_1'), {
      userId: 'usr_1',
      secretSealed: 'again',
      lastStep: 8,
      confirmedAtMs: 50,
      recoveryHashes: ['two'],
    });
    assert.equal(await secondFactors.get('usr_2'), undefined);
    assert.equal(await secondFactors.remove('usr_1'), true);
    assert.equal(await secondFactors.remove('usr_1'), false);
  });
}

const linkOf = (id: string, change: Partial<OneTimeToken> = {}): OneTimeToken => ({
  hash: `hash of ${id}`,
  id,
  kind: 'invitation',
  userId: null,
  tenant: A,
  data: { email: 'a@b.example' },
  createdAtMs: 1,
  expiresAtMs: 100,
  ...change,
});

function linkContract(open: OpenEmpty): void {
  test('a link works once, in its time, for what it was made for', async (t) => {
    const { oneTimeTokens: links } = await openWithTenants(open, t);
    const [one, two] = [linkOf('ott_1'), linkOf('ott_2', { createdAtMs: 2 })];
    const reset = linkOf('ott_3', { kind: 'password_reset', userId: 'usr_1', tenant: null });
    for (const link of [one, two, reset]) await links.insert(link);
    assert.deepEqual(await links.list(A, 'invitation', 99), [two, one]);
    assert.deepEqual(await links.list(B, 'invitation', 99), []);
    assert.deepEqual(await links.list(A, 'invitation', 100), []);
    assert.deepEqual(await links.find(one.hash, 'invitation', 99), one);
    assert.equal(await links.find(one.hash, 'password_reset', 99), undefined);
    assert.equal(await links.take(one.hash, 'password_reset', 99), undefined);
    assert.equal(await links.take(one.hash, 'invitation', 100), undefined, 'out of time');
    const takes = [1, 2, 3].map(() => links.take(one.hash, 'invitation', 99));
    const taken = (await Promise.all(takes)).filter((link) => link !== undefined);
    assert.deepEqual(taken, [one]);
    assert.equal(await links.find(one.hash, 'invitation', 99), undefined);
    assert.equal(await links.withdraw(B, two.id, 99), false);
    assert.equal(await links.withdraw(A, two.id, 99), true);
    assert.equal(await links.withdraw(A, two.id, 99), false);
    assert.equal(await links.take(two.hash, 'invitation', 99), undefined);
    await links.withdrawOfUser('usr_2', 'password_reset', 99);
    assert.deepEqual(await links.find(reset.hash, 'password_reset', 99), reset);
    await links.withdrawOfUser('usr_1', 'password_reset', 99);
    assert.equal(await links.find(reset.hash, 'password_reset', 99), undefined);
  });
}

function attemptContract(open: OpenEmpty): void {
  const account = { key: 'account:one', freeMax: 3 };
  const address = { key: 'address:1', freeMax: 5 };

  test('attempts are free until they are many; the wait doubles and is forgotten', async (t) => {
    const { attempts } = await openWithTenants(open, t);
    const begin = (nowMs: number) => attempts.begin([account, address], nowMs);
    const { signInWaitMsMin: first, signInFailureMs: kept } = limits;
    assert.equal(await begin(1_000), undefined);
    assert.equal(await begin(1_000), undefined);
    assert.equal(await begin(1_000), undefined);
    assert.deepEqual(await begin(1_001), { key: account.key, untilMs: 1_000 + first });
    assert.equal(await begin(1_000 + first), undefined, 'one more after the wait');
    const second = 1_000 + first + 2 * first;
    assert.deepEqual(await begin(second - 1), { key: account.key, untilMs: second });
    assert.equal(await begin(second + kept), undefined);
    assert.equal(await begin(second + kept), undefined, 'the wrong ones are forgotten');
  });

  test('of many attempts at once only the free ones are judged', async (t) => {
    const { attempts } = await openWithTenants(open, t);
    const many = Array.from({ length: 12 }, () => attempts.begin([account, address], 1_000));
    const answers = await Promise.all(many);
    assert.equal(answers.filter((one) => one === undefined).length, account.freeMax);
  });

  test('a right attempt frees the account, and the address of that attempt alone', async (t) => {
    const { attempts } = await openWithTenants(open, t);
    for (let tried = 0; tried < 2; tried++) await attempts.begin([account, address], 1_000);
    await attempts.succeed(account.key, address);
    for (let tried = 0; tried < 2; tried++) await attempts.begin([account, address], 1_000);
    const other = { key: 'account:other', freeMax: 3 };
    assert.equal(await attempts.begin([other, address], 1_000), undefined, 'the fourth');
    assert.equal(await attempts.begin([other, address], 1_000), undefined, 'the fifth');
    await attempts.succeed(other.key, address);
    assert.equal(await attempts.begin([other, address], 1_000), undefined, 'was taken back');
    assert.equal((await attempts.begin([other, address], 1_000))?.key, address.key);
  });
}
