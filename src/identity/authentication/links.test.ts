import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  A,
  B,
  BASE_URL,
  PASSWORD,
  quickHash,
  signInWorld,
  type SignInWorldOptions,
} from '../../../test/support/sign-in-world.ts';
import { until } from '../../../test/support/until.ts';
import { limits } from '../../kernel/limits.ts';

const NEW_PASSWORD = 'another long password';
const ADDRESS = '192.0.2.1';

function setUp(options: SignInWorldOptions = {}) {
  const world = signInWorld(options);
  world.people.add('ada', { passwordHash: quickHash(PASSWORD) });
  const { passwordChanges, invitations, signIn, loginTokens, sessions } = world.authentication;
  const canSignIn = (password: string) =>
    signIn({ login: 'ada', password, address: ADDRESS }).then(
      () => true,
      () => false,
    );
  return { ...world, passwordChanges, invitations, loginTokens, sessions, canSignIn };
}

describe('a new password', () => {
  test('needs the old one, and ends every other login', async () => {
    const { passwordChanges, loginTokens, sessions, canSignIn, stores, revoked } = setUp();
    const login = await loginTokens.issue(A, 'ada');
    const [kept, other] = [await sessions.begin('ada', A), await sessions.begin('ada', A)];
    const oauth = { id: 'grt_oauth', kind: 'oauth' } as const;
    const grant = await stores.grants.get(A, kept.session.grantId);
    assert.ok(grant !== undefined);
    await stores.grants.insert(A, { ...grant, ...oauth });
    const { grantId } = kept.session;
    const change = { userId: 'ada', newPassword: NEW_PASSWORD, grantId, address: ADDRESS };
    await assert.rejects(passwordChanges.change({ ...change, oldPassword: 'wrong' }), {
      code: 'invalid_params',
      message: 'oldPassword is not your password.',
    });
    const short = passwordChanges.change({
      ...change,
      oldPassword: PASSWORD,
      newPassword: 'short',
    });
    await assert.rejects(short, /newPassword is too short/);
    await passwordChanges.change({ ...change, oldPassword: PASSWORD });
    assert.notEqual(await sessions.open(kept.cookie), undefined);
    assert.equal(await sessions.open(other.cookie), undefined);
    await assert.rejects(loginTokens.refresh(login.refreshToken), { code: 'unauthenticated' });
    assert.equal(revoked.length, 3);
    assert.ok(revoked.some(({ id }) => id === oauth.id));
    assert.deepEqual([await canSignIn(PASSWORD), await canSignIn(NEW_PASSWORD)], [false, true]);
  });

  test('cannot be had by guessing the old one', async () => {
    const { passwordChanges } = setUp();
    for (let tried = 0; tried < limits.signInFailuresMax; tried++) {
      assert.equal(await passwordChanges.confirm('ada', 'wrong', ADDRESS), false);
    }
    await assert.rejects(passwordChanges.confirm('ada', PASSWORD, ADDRESS), { code: 'too_many' });
  });

  test('by a link works once, in passwordResetMs, and ends every login', async () => {
    const { passwordChanges, sessions, canSignIn, clock } = setUp();
    const { cookie } = await sessions.begin('ada', A);
    const first = await passwordChanges.makeReset('ada');
    const { token } = await passwordChanges.makeReset('ada');
    const gone = { code: 'not_found' };
    await assert.rejects(
      passwordChanges.reset(first.token, NEW_PASSWORD),
      gone,
      'the newest counts',
    );
    await assert.rejects(passwordChanges.reset(token, 'short'), { code: 'invalid_params' });
    await assert.rejects(passwordChanges.reset(`${token.slice(1)}x`, NEW_PASSWORD), gone);
    const tries = [1, 2, 3].map(() => passwordChanges.reset(token, NEW_PASSWORD));
    const done = await Promise.allSettled(tries);
    assert.equal(done.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal(await sessions.open(cookie), undefined);
    assert.deepEqual([await canSignIn(PASSWORD), await canSignIn(NEW_PASSWORD)], [false, true]);
    const late = await passwordChanges.makeReset('ada');
    clock.ms += limits.passwordResetMs;
    await assert.rejects(passwordChanges.reset(late.token, NEW_PASSWORD), gone);
  });

  test('is mailed to who is there, and nobody learns who is', async () => {
    const { passwordChanges, mails, people } = setUp({ sendsMail: true });
    const passwordHash = quickHash(PASSWORD);
    people.add('mute', { passwordHash, email: null });
    people.add('gone', { passwordHash, isActive: false });
    people.add('elsewhere', { passwordHash: null });
    for (const login of ['nobody', 'mute', 'gone', 'elsewhere']) {
      await passwordChanges.askReset(login);
    }
    await passwordChanges.askReset('ADA@mail.example');
    await until(() => mails.length > 0);
    assert.equal(mails.length, 1);
    const [mail] = mails;
    assert.equal(mail?.to, 'ada@mail.example');
    const token = /\/console\/#reset=(\w{43})\n/.exec(mail?.text ?? '')?.[1] ?? '';
    assert.ok(mail?.text.includes(`${BASE_URL}/console/#reset=`));
    assert.equal((await passwordChanges.reset(token, NEW_PASSWORD)).id, 'ada');
    const quiet = setUp();
    await quiet.passwordChanges.askReset('ada');
    assert.deepEqual(quiet.mails, []);
  });
});

test('passwordResetMailsMax reset links are mailed to one person before a wait', async () => {
  const { passwordChanges, mails, clock } = setUp({ sendsMail: true });
  const ask = async () => {
    await passwordChanges.askReset('ada');
    // What is asked goes on behind the answer.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    return mails.length;
  };
  for (let sent = 1; sent <= limits.passwordResetMailsMax; sent++) assert.equal(await ask(), sent);
  assert.equal(await ask(), limits.passwordResetMailsMax);
  clock.ms += limits.signInWaitMsMin;
  assert.equal(await ask(), limits.passwordResetMailsMax + 1);
});

describe('an invitation', () => {
  const request = { tenant: B, email: 'bob@mail.example', roles: ['viewer'], invitedBy: 'Ada' };
  const bob = { login: 'bob', name: 'Bob', password: NEW_PASSWORD };

  test('makes an account, once', async () => {
    const { invitations, people } = setUp();
    const { token, id } = await invitations.invite(request);
    const found = await invitations.find(token);
    assert.deepEqual(
      [found.id, found.tenantName, found.email, found.roles],
      [id, 'name of ten_b', 'bob@mail.example', ['viewer']],
    );
    await assert.rejects(invitations.accept(token, { ...bob, login: 'ada' }), { code: 'conflict' });
    await assert.rejects(invitations.accept(token, { ...bob, password: 'short' }), {
      code: 'invalid_params',
    });
    const { person, tenant } = await invitations.accept(token, bob);
    assert.deepEqual([person.login, person.email, tenant], ['bob', 'bob@mail.example', B]);
    assert.equal((await people.get(person.id))?.passwordHash, quickHash(NEW_PASSWORD));
    assert.deepEqual(people.joined, [[person.id, B, ['viewer']]]);
    await assert.rejects(invitations.accept(token, { ...bob, login: 'bob2' }), {
      code: 'not_found',
    });
    await assert.rejects(invitations.find(token), { code: 'not_found' });
  });

  test('for an address that has an account is joined by it after signing in', async () => {
    const { invitations, people } = setUp();
    const { token } = await invitations.invite({ ...request, email: 'ada@mail.example' });
    const taken = invitations.accept(token, bob);
    await assert.rejects(taken, { code: 'conflict', message: 'This email belongs to an account.' });
    assert.equal(await invitations.join(token, 'ada'), B);
    assert.deepEqual(people.joined, [['ada', B, ['viewer']]]);
    await assert.rejects(invitations.join(token, 'ada'), { code: 'not_found' });
    const again = await invitations.invite(request);
    await assert.rejects(invitations.join(again.token, 'ada'), { code: 'conflict' });
    assert.equal((await invitations.find(again.token)).id, again.id, 'it was not used up');
  });

  test('works for invitationMs, and not when it was withdrawn', async () => {
    const { invitations, clock } = setUp();
    const [one, two] = [await invitations.invite(request), await invitations.invite(request)];
    assert.equal((await invitations.list(B)).length, 2);
    assert.deepEqual(await invitations.list(A), []);
    assert.equal(await invitations.withdraw(A, one.id), false, 'of another tenant');
    assert.equal(await invitations.withdraw(B, one.id), true);
    await assert.rejects(invitations.accept(one.token, bob), { code: 'not_found' });
    clock.ms += limits.invitationMs - 1;
    assert.equal((await invitations.find(two.token)).id, two.id);
    clock.ms += 1;
    await assert.rejects(invitations.accept(two.token, bob), { code: 'not_found' });
    assert.deepEqual(await invitations.list(B), []);
  });

  test('of invitationsPerTenantMax may be open', async () => {
    const { invitations } = setUp();
    const many = Array.from({ length: limits.invitationsPerTenantMax }, () => request);
    for (const one of many) await invitations.invite(one);
    await assert.rejects(invitations.invite(request), { code: 'conflict' });
    await invitations.invite({ ...request, tenant: A });
    const [open] = await invitations.list(B);
    await invitations.withdraw(B, open?.id ?? '');
    await invitations.invite(request);
  });

  test('is mailed where there is a mail server and an address', async () => {
    const { invitations, mails } = setUp({ sendsMail: true });
    const { token } = await invitations.invite(request);
    await invitations.invite({ ...request, email: null });
    assert.deepEqual(
      mails.map(({ to, subject }) => [to, subject]),
      [['bob@mail.example', 'Invitation to name of ten_b']],
    );
    assert.ok(mails[0]?.text.includes(`${BASE_URL}/console/#invitation=${token}\n`));
  });
});
