import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Caller,
  callers,
  ControlPlane,
  problemOf,
} from '../../../../../test/support/control-plane.ts';
import { limits } from '../../../../kernel/limits.ts';

const USERS = '/api/v1/users';

interface UserAnswer {
  readonly id: string;
  readonly login: string;
  readonly roles: readonly string[];
  readonly status: string;
  readonly version: number;
}

function setUp() {
  const plane = new ControlPlane();
  const add = (as: Caller, body: object) => plane.send('POST', USERS, { as, body });
  const change = (as: Caller, id: string, body: object, headers = {}) =>
    plane.send('PATCH', `${USERS}/${id}`, { as, body, headers });
  const remove = (as: Caller, id: string) => plane.send('DELETE', `${USERS}/${id}`, { as });
  return { plane, add, change, remove };
}

describe('users', () => {
  test('are added with roles that their giver has', async () => {
    const { plane, add } = setUp();
    const came = await add('adminA', { login: 'Ada', email: 'Ada@Example.com', roles: ['admin'] });
    assert.equal(came.status, 201, came.text);
    assert.equal((came.json as UserAnswer).login, 'ada');
    assert.equal(came.headers.get('etag'), '"1"');
    problemOf(await add('adminA', { login: 'ada', roles: [] }), 'conflict');
    problemOf(await add('adminA', { login: 'bob', roles: ['owner'] }), 'forbidden');
    problemOf(await add('adminA', { login: 'bob', roles: ['nonsense'] }), 'invalid_params');
    problemOf(await add('adminA', { roles: [] }), 'invalid_params');
    problemOf(await add('adminA', { login: 'x', userId: 'usr_1', roles: [] }), 'invalid_params');
    assert.equal((await add('ownerA', { login: 'bob', roles: ['owner'] })).status, 201);
    const { json } = await plane.send('GET', USERS, { as: 'memberA' });
    assert.equal((json as { users: unknown[] }).users.length, 7);
    const text = JSON.stringify(json);
    assert.ok(!text.includes('assword'), text);
  });

  test('of another tenant are added by their id, and stay what they are there', async () => {
    const { plane, add } = setUp();
    const came = await add('adminA', { userId: 'usr_b_admin', roles: ['viewer'] });
    assert.equal(came.status, 201, came.text);
    problemOf(await add('adminA', { userId: 'usr_none', roles: [] }), 'not_found');
    const memberships = await plane.identity.accounts.memberships('usr_b_admin');
    assert.deepEqual(
      memberships.map(({ tenant, roles }) => [tenant, roles]),
      [
        ['ten_a', ['viewer']],
        ['ten_b', ['admin']],
      ],
    );
    const { json } = await plane.send('GET', '/api/v1/me', { as: 'adminB' });
    assert.equal((json as { memberships: unknown[] }).memberships.length, 2);
  });

  test('who are owners are changed by owners, and the last one stays', async () => {
    const { change, remove } = setUp();
    problemOf(await change('adminA', 'usr_a_owner', { roles: ['viewer'] }), 'forbidden');
    problemOf(await change('adminA', 'usr_a_owner', { status: 'deactivated' }), 'forbidden');
    problemOf(await change('adminA', 'usr_a_member', { roles: ['owner'] }), 'forbidden');
    problemOf(await remove('adminA', 'usr_a_owner'), 'forbidden');
    problemOf(await change('ownerA', 'usr_a_owner', { roles: ['admin'] }), 'conflict');
    problemOf(await remove('ownerA', 'usr_a_owner'), 'conflict');
    assert.equal((await change('ownerA', 'usr_a_admin', { roles: ['owner'] })).status, 200);
    assert.equal((await remove('ownerA', 'usr_a_owner')).status, 204);
  });

  test('are changed once a version', async () => {
    const { change } = setUp();
    const first = { 'If-Match': '"1"' };
    const came = await change('adminA', 'usr_a_member', { roles: ['viewer'] }, first);
    assert.equal(came.headers.get('etag'), '"2"', came.text);
    problemOf(await change('adminA', 'usr_a_member', { roles: [] }, first), 'conflict');
  });

  test('who are deactivated or removed lose what their keys opened', async () => {
    const { plane, change, remove } = setUp();
    assert.equal((await change('adminA', 'usr_a_viewer', { status: 'deactivated' })).status, 200);
    assert.equal((await remove('adminA', 'usr_a_member')).status, 204);
    assert.deepEqual(plane.calls, ['revoked ten_a key_a_viewer', 'revoked ten_a key_a_member']);
    const { tenant, subject } = callers.viewerA;
    assert.equal(await plane.identity.members.standing(tenant, subject), undefined);
    const key = await plane.identity.apiKeys.get(tenant, 'key_a_member');
    assert.notEqual(key?.revokedAtMs, null);
    problemOf(await remove('adminA', 'usr_a_member'), 'not_found');
  });

  test('have logins of loginLengthMax letters and rolesHeldMax roles', async () => {
    const { plane, add } = setUp();
    const longest = 'x'.repeat(limits.loginLengthMax);
    assert.equal((await add('adminA', { login: longest, roles: [] })).status, 201);
    problemOf(await add('adminA', { login: `${longest}x`, roles: [] }), 'invalid_params');
    const names = Array.from({ length: limits.rolesHeldMax + 1 }, (_, index) => `role-${index}`);
    for (const name of names) {
      const body = { name, permissions: ['mcp.use'] };
      assert.equal((await plane.send('POST', '/api/v1/roles', { as: 'adminA', body })).status, 201);
    }
    assert.equal((await add('adminA', { login: 'a', roles: names.slice(1) })).status, 201);
    problemOf(await add('adminA', { login: 'b', roles: names }), 'invalid_params');
    const twice = { login: 'c', roles: ['viewer', 'viewer'] };
    problemOf(await add('adminA', twice), 'invalid_params');
  });
});
