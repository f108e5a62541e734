import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOTP } from 'otpauth';
import { ControlPlane } from '../../../../../test/support/control-plane.ts';
import { A, PASSWORD, quickHash } from '../../../../../test/support/sign-in-world.ts';
import { GatewayError } from '../../../../kernel/errors.ts';

function setUp(change: ConstructorParameters<typeof ControlPlane>[0] = {}) {
  const plane = new ControlPlane(change);
  plane.world.people.add('ada', { passwordHash: quickHash(PASSWORD) });
  const body = { login: 'ada', password: PASSWORD };
  const told = () =>
    plane.acts.map(({ kind, action, outcome, rule }) => [kind, action, outcome, rule].join(' '));
  return { plane, body, told };
}

test('who comes in is in the audit log, by what it showed', async () => {
  const { plane, body, told } = setUp();
  await plane.send('POST', '/auth/authenticate', { body });
  await plane.send('POST', '/auth/sessions', { body });
  assert.deepEqual(told(), ['sign_in authenticate ok password', 'sign_in signIn ok password']);
  assert.deepEqual(
    plane.acts.map(({ tenant, subject }) => [tenant, subject]),
    [
      [A, 'user:ada'],
      [A, 'user:ada'],
    ],
  );
  assert.match(plane.acts[1]?.grantId ?? '', /^grt_/);
});

test('nobody comes in whose coming cannot be written down', async () => {
  const away = () => Promise.reject(new GatewayError('storage_unavailable'));
  const { plane, body } = setUp({
    audit: { record: away, note: () => {}, flush: () => Promise.resolve() },
  });
  assert.equal((await plane.send('POST', '/auth/authenticate', { body })).status, 503);
});

test('changes of second factor and password, and links, are in it too', async () => {
  const { plane, told } = setUp();
  const { authentication, clock } = plane.world;
  const { accessToken } = await authentication.loginTokens.issue(A, 'ada');
  const headers = { authorization: `Bearer ${accessToken}` };
  const send = (path: string, body: object) => plane.send('POST', path, { headers, body });
  const enrolled = await send('/auth/second-factor', { password: PASSWORD });
  const { secret } = enrolled.json as { secret: string };
  const totp = new TOTP({ secret }).generate({ timestamp: clock.ms });
  await send('/auth/second-factor/confirm', { totp });
  await send('/auth/second-factor/disable', { password: PASSWORD });
  const newPassword = 'another long password';
  await send('/auth/password', { oldPassword: PASSWORD, newPassword });
  const { token } = await authentication.passwordChanges.makeReset('ada');
  await plane.send('POST', '/auth/password/reset', { body: { token, password: PASSWORD } });
  const ended = told().filter((text) => text.includes(' ok '));
  assert.deepEqual(ended, [
    'control enrolSecondFactor ok self',
    'control confirmSecondFactor ok self',
    'control disableSecondFactor ok self',
    'control changePassword ok self',
    'sign_in resetPassword ok link',
  ]);
});
