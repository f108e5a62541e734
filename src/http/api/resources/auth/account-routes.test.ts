import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TOTP } from 'otpauth';
import { type Caller, callers } from '../../../../../test/support/api-callers.ts';
import { ControlPlane, problemOf } from '../../../../../test/support/control-plane.ts';
import { A, PASSWORD, quickHash } from '../../../../../test/support/sign-in-world.ts';
import { limits } from '../../../../kernel/limits.ts';

const NEW_PASSWORD = 'another long password';

async function setUp() {
  const plane = new ControlPlane();
  const { people, authentication } = plane.world;
  people.add('ada', { passwordHash: quickHash(PASSWORD) });
  const { accessToken } = await authentication.loginTokens.issue(A, 'ada');
  const headers = { authorization: `Bearer ${accessToken}` };
  const call = (method: string, path: string, body?: unknown) =>
    plane.send(method, path, body === undefined ? { headers } : { headers, body });
  const authenticate = (password: string, more: object = {}) =>
    plane.send('POST', '/auth/authenticate', { body: { login: 'ada', password, ...more } });
  return { plane, call, authenticate };
}

describe('a second factor', () => {
  test('is set up with the password, confirmed by a code, demanded, and turned off', async () => {
    const { plane, call, authenticate } = await setUp();
    problemOf(await call('POST', '/auth/second-factor', { password: 'wrong' }), 'invalid_params');
    const enrolled = await call('POST', '/auth/second-factor', { password: PASSWORD });
    const { secret, uri } = enrolled.json as { secret: string; uri: string };
    assert.match(uri, /^otpauth:/);
    const totp = () => new TOTP({ secret }).generate({ timestamp: plane.world.clock.ms });
    problemOf(await call('POST', '/auth/second-factor/confirm', { totp: '1' }), 'invalid_params');
    const on = await call('POST', '/auth/second-factor/confirm', { totp: totp() });
    const { recoveryCodes } = on.json as { recoveryCodes: string[] };
    assert.equal(recoveryCodes.length, limits.recoveryCodes);
    problemOf(await call('POST', '/auth/second-factor', { password: PASSWORD }), 'conflict');
    const came = await authenticate(PASSWORD);
    problemOf(came, 'second_factor_needed');
    assert.equal(came.headers.get('www-authenticate'), 'Bearer');
    plane.world.clock.ms += 30_000;
    assert.equal((await authenticate(PASSWORD, { totp: totp() })).status, 200);
    problemOf(await authenticate(PASSWORD, { totp: totp() }), 'unauthenticated');
    const [recoveryCode] = recoveryCodes;
    assert.equal((await authenticate(PASSWORD, { recoveryCode })).status, 200);
    const state = await call('GET', '/auth/second-factor');
    assert.deepEqual(state.json, { isOn: true, recoveryCodesLeft: limits.recoveryCodes - 1 });
    const wrong = await call('POST', '/auth/second-factor/disable', { password: 'wrong' });
    problemOf(wrong, 'invalid_params');
    const off = await call('POST', '/auth/second-factor/disable', { password: PASSWORD });
    assert.equal(off.status, 204);
    assert.equal((await authenticate(PASSWORD)).status, 200);
  });
});

describe('a password', () => {
  test('is changed by who knows it', async () => {
    const { call, authenticate } = await setUp();
    const change = { oldPassword: PASSWORD, newPassword: NEW_PASSWORD };
    const wrong = await call('POST', '/auth/password', { ...change, oldPassword: 'wrong' });
    assert.equal(problemOf(wrong, 'invalid_params').errors?.[0]?.field, 'oldPassword');
    const short = await call('POST', '/auth/password', { ...change, newPassword: 'short' });
    assert.equal(problemOf(short, 'invalid_params').errors?.[0]?.field, 'newPassword');
    const own = await call('POST', '/auth/password', {
      ...change,
      newPassword: 'ada@mail.example',
    });
    assert.match(own.text, /name or address of its user/);
    assert.equal((await call('POST', '/auth/password', change)).status, 204);
    problemOf(await authenticate(PASSWORD), 'unauthenticated');
    assert.equal((await authenticate(NEW_PASSWORD)).status, 200);
    assert.equal((await call('GET', '/auth/second-factor')).status, 200, 'this login stays');
  });

  test('is set by a link of an administrator, where that is theirs to do', async () => {
    const { plane } = await setUp();
    const { people } = plane.world;
    people.add('usr_a_member', { passwordHash: quickHash(PASSWORD) });
    const make = (user: string, as: Caller = 'adminA') =>
      plane.send('POST', `/api/v1/users/${user}/password-reset`, { as });
    for (const user of ['nobody', 'usr_b_admin', 'sva_a']) problemOf(await make(user), 'not_found');
    problemOf(await make('usr_a_owner'), 'forbidden');
    problemOf(await make('usr_a_member', 'memberA'), 'forbidden');
    assert.equal((await make('usr_a_owner', 'ownerA')).status, 201);
    const made = await make('usr_a_member');
    const { token, url } = made.json as { token: string; url: string };
    assert.equal(url, `http://127.0.0.1/console/#reset=${token}`);
    const reset = (password: string) =>
      plane.send('POST', '/auth/password/reset', { body: { token, password } });
    problemOf(await reset('short'), 'invalid_params');
    assert.equal((await reset(NEW_PASSWORD)).status, 204);
    problemOf(await reset(NEW_PASSWORD), 'not_found');
    const body = { login: 'usr_a_member', password: NEW_PASSWORD };
    assert.equal((await plane.send('POST', '/auth/authenticate', { body })).status, 200);
    assert.ok(!JSON.stringify(plane.logged).includes(token));
    const { identity } = plane;
    await identity.members.update(callers.adminA.tenant, 'usr_a_member', { status: 'deactivated' });
    problemOf(await make('usr_a_member'), 'conflict');
    const membership = await identity.members.get(callers.adminA.tenant, 'usr_a_admin');
    assert.ok(membership !== undefined);
    await identity.members.add(callers.adminB.tenant, {
      ...membership.membership,
      tenant: callers.adminB.tenant,
    });
    const elsewhere = await make('usr_a_admin', 'ownerA');
    assert.match(problemOf(elsewhere, 'forbidden').detail, /in other tenants/);
  });

  test('forgotten is one answer for everybody', async () => {
    const { plane } = await setUp();
    for (const login of ['ada', 'nobody']) {
      const came = await plane.send('POST', '/auth/password/forgotten', { body: { login } });
      assert.deepEqual([came.status, came.text], [202, '']);
    }
  });
});

describe('an invitation', () => {
  test('is made, listed, shown, accepted and withdrawn', async () => {
    const { plane } = await setUp();
    const invite = (body: object) =>
      plane.send('POST', '/api/v1/invitations', { as: 'adminA', body });
    const made = await invite({ email: 'Bob@Mail.example', roles: ['viewer'] });
    const { id, token, url, isMailed } = made.json as Record<string, string>;
    assert.deepEqual([url, isMailed], [`http://127.0.0.1/console/#invitation=${token}`, false]);
    const list = async () => {
      const came = await plane.send('GET', '/api/v1/invitations', { as: 'adminA' });
      assert.ok(!came.text.includes(token ?? ''));
      return (came.json as { invitations: { id: string; email: string }[] }).invitations;
    };
    assert.deepEqual(
      (await list()).map((one) => [one.id, one.email]),
      [[id, 'bob@mail.example']],
    );
    const shown = await plane.send('POST', '/auth/invitations/show', { body: { token } });
    assert.match(shown.text, /"tenantName":"name of ten_a"/);
    const newcomer = { token, login: 'Bob', name: 'Bob', password: NEW_PASSWORD };
    const accept = (body: object) => plane.send('POST', '/auth/invitations/accept', { body });
    problemOf(await accept({ ...newcomer, roles: ['owner'] }), 'invalid_params');
    problemOf(await accept({ ...newcomer, login: 'b@b' }), 'invalid_params');
    problemOf(await accept({ ...newcomer, login: 'ada' }), 'conflict');
    assert.equal((await accept(newcomer)).status, 201);
    problemOf(await accept({ ...newcomer, login: 'bob2' }), 'not_found');
    assert.deepEqual(plane.world.people.joined[0]?.slice(1), ['ten_a', ['viewer']]);
    const body = { login: 'bob', password: NEW_PASSWORD };
    assert.equal((await plane.send('POST', '/auth/authenticate', { body })).status, 200);
    const second = (await invite({ roles: ['viewer'] })).json as { id: string };
    const path = `/api/v1/invitations/${second.id}`;
    problemOf(await plane.send('DELETE', path, { as: 'adminB' }), 'not_found');
    assert.equal((await plane.send('DELETE', path, { as: 'adminA' })).status, 204);
    assert.deepEqual(await list(), []);
  });

  test('gives no roles that who invites must not give', async () => {
    const { plane } = await setUp();
    const invite = (as: Caller, roles: readonly string[]) =>
      plane.send('POST', '/api/v1/invitations', { as, body: { roles } });
    problemOf(await invite('adminA', ['owner']), 'forbidden');
    problemOf(await invite('adminA', ['viewer', 'owner']), 'forbidden');
    problemOf(await invite('memberA', ['viewer']), 'forbidden');
    const open = await plane.send('GET', '/api/v1/invitations', { as: 'adminA' });
    assert.deepEqual(open.json, { invitations: [] });
  });

  test('is joined with the own account', async () => {
    const { plane, call } = await setUp();
    const sent = { as: 'adminB', body: { roles: ['viewer'] } } as const;
    const { token } = (await plane.send('POST', '/api/v1/invitations', sent)).json as {
      token: string;
    };
    const joined = await call('POST', '/auth/invitations/join', { token });
    assert.deepEqual(joined.json, { userId: 'ada', tenantId: 'ten_b' });
    problemOf(await call('POST', '/auth/invitations/join', { token }), 'not_found');
  });
});
