import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TOTP } from 'otpauth';
import { callers, ControlPlane, problemOf } from '../../../../../test/support/control-plane.ts';
import { A, PASSWORD, quickHash } from '../../../../../test/support/sign-in-world.ts';
import { testPrincipal } from '../../../../../test/support/test-principal.ts';

const erasure = (user: string, query = '') => `/api/v1/privacy/people/${user}/erasure${query}`;
const MEMBER = callers.memberA.subject.id;

interface Answer {
  readonly dryRun: boolean;
  readonly account: string;
  readonly tenants: readonly { readonly rows: { readonly keys: number } }[];
}

describe('an owner erases a user', () => {
  test('after it has seen what would go', async () => {
    const plane = new ControlPlane();
    const tried = await plane.send('POST', erasure(MEMBER, '?dryRun=true'), { as: 'ownerA' });
    const would = tried.json as Answer;
    assert.deepEqual([would.dryRun, would.account], [true, 'erased']);
    assert.equal(would.tenants[0]?.rows.keys, 1);
    assert.notEqual(await plane.identity.accounts.get(MEMBER), undefined);
    assert.deepEqual(plane.calls, []);
    const came = await plane.send('POST', erasure(MEMBER), { as: 'ownerA' });
    assert.deepEqual(came.json, { ...would, dryRun: false });
    assert.equal(await plane.identity.accounts.get(MEMBER), undefined);
    assert.deepEqual(plane.calls, ['revoked ten_a key_a_member', 'forget ten_a', 'scrub']);
    problemOf(await plane.send('POST', erasure(MEMBER), { as: 'ownerA' }), 'not_found');
    const told = plane.acts.map(({ outcome, target, detail }) => [outcome, target, detail]);
    assert.deepEqual(told.slice(0, 4), [
      ['begun', MEMBER, { dryRun: true }],
      ['ok', MEMBER, { dryRun: true, status: 200 }],
      ['begun', MEMBER, {}],
      ['ok', MEMBER, { status: 200 }],
    ]);
  });

  test('but not another tenant’s, not itself, and not by a role that is no owner’s', async () => {
    const plane = new ControlPlane();
    problemOf(await plane.send('POST', erasure('usr_b_admin'), { as: 'ownerA' }), 'not_found');
    problemOf(await plane.send('POST', erasure('usr_a_owner'), { as: 'ownerA' }), 'forbidden');
    problemOf(await plane.send('POST', erasure(MEMBER), { as: 'adminA' }), 'forbidden');
    const officer = testPrincipal({ tenant: 'ten_a', user: 'usr_a_officer', grant: 'key_o' });
    const actions = new Set(['privacy.manage'] as const);
    const limited = {
      ...officer,
      permissions: { ...officer.permissions, actions, roles: ['dpo'] },
    };
    const other = new ControlPlane({ admit: () => limited });
    const headers = { authorization: 'Bearer x' };
    problemOf(await other.send('POST', erasure('usr_a_owner'), { headers }), 'forbidden');
    assert.notEqual(await other.identity.accounts.get('usr_a_owner'), undefined);
  });

  test('and a login in the place of an id is in no audit event', async () => {
    const plane = new ControlPlane();
    for (const login of ['ada', 'ada@mail.example']) {
      await plane.send('POST', erasure(encodeURIComponent(login)), { as: 'ownerA' });
    }
    assert.ok(plane.acts.length >= 2);
    assert.ok(!JSON.stringify(plane.acts).includes('ada'), JSON.stringify(plane.acts));
  });
});

describe('a person erases itself', () => {
  const SELF = '/api/v1/me/erasure';

  async function setUp(role = 'developer') {
    const plane = new ControlPlane();
    const ada = testPrincipal({ tenant: 'ten_a', user: 'usr_ada', grant: 'grt_ada', role });
    plane.addUser(ada);
    const { people, authentication } = plane.world;
    people.add('usr_ada', { passwordHash: quickHash(PASSWORD) });
    const { accessToken } = await authentication.loginTokens.issue(A, 'usr_ada');
    const headers = { authorization: `Bearer ${accessToken}` };
    const send = (body: object, query = '') =>
      plane.send('POST', `${SELF}${query}`, { headers, body });
    return { plane, send };
  }

  test('with its password, and by no key', async () => {
    const { plane, send } = await setUp();
    const body = { password: PASSWORD };
    problemOf(await plane.send('POST', SELF, { as: 'memberA', body }), 'forbidden');
    const wrong = await send({ password: 'wrong' });
    assert.equal(problemOf(wrong, 'invalid_params').errors?.[0]?.field, 'password');
    assert.equal((await send(body, '?dryRun=true')).status, 200);
    assert.notEqual(await plane.identity.accounts.get('usr_ada'), undefined);
    const came = await send(body);
    assert.equal((came.json as Answer).account, 'erased');
    assert.equal(await plane.identity.accounts.get('usr_ada'), undefined);
    assert.ok(plane.calls.some((call) => call.startsWith('revoked ten_a grt_')));
  });

  test('and a code where the second factor is on; wrong ones are counted', async () => {
    const { plane, send } = await setUp();
    const { secondFactors } = plane.world.authentication;
    const { secret } = await secondFactors.enrol('usr_ada', 'ada');
    const totp = () => new TOTP({ secret }).generate({ timestamp: plane.world.clock.ms });
    await secondFactors.confirm('usr_ada', totp());
    problemOf(await send({ password: PASSWORD }), 'second_factor_needed');
    problemOf(await send({ password: PASSWORD, totp: '000000' }), 'unauthenticated');
    plane.world.clock.ms += 30_000;
    assert.equal((await send({ password: PASSWORD, totp: totp() })).status, 200);
  });

  test('unless it is the last owner somewhere', async () => {
    const { plane, send } = await setUp('owner');
    const two = await send({ password: PASSWORD }, '?dryRun=true');
    assert.equal(two.status, 200, 'there is another owner');
    await plane.identity.members.update(A, 'usr_a_owner', { roles: ['viewer'] });
    problemOf(await send({ password: PASSWORD }), 'conflict');
  });
});
