import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Caller,
  callers,
  ControlPlane,
  problemOf,
} from '../../../../../test/support/control-plane.ts';
import { testPrincipal } from '../../../../../test/support/test-principal.ts';

const GROUPS = '/api/v1/groups';

describe('groups', () => {
  test('give their roles to who is in them, and to nobody else', async () => {
    const plane = new ControlPlane();
    const { tenant, subject } = callers.viewerA;
    const standing = async () =>
      (await plane.identity.members.standing(tenant, subject)) ?? assert.fail();
    const body = { name: 'Operations', roles: ['admin'] };
    const came = await plane.send('POST', GROUPS, { as: 'adminA', body });
    assert.equal(came.status, 201, came.text);
    const { id } = came.json as { id: string };
    const members = `${GROUPS}/${id}/members`;
    const add = (userId: string) => plane.send('POST', members, { as: 'adminA', body: { userId } });
    for (let time = 0; time < 2; time++) {
      assert.equal((await add(subject.id)).status, 204, 'once or more is the same');
    }
    problemOf(await add('usr_b_admin'), 'not_found');
    const { roles, groups } = await standing();
    assert.deepEqual([roles, groups], [['admin', 'viewer'], [id]]);
    const shown = await plane.send('GET', `${GROUPS}/${id}`, { as: 'memberA' });
    assert.deepEqual((shown.json as { userIds: unknown }).userIds, [subject.id]);
    const gone = await plane.send('DELETE', `${members}/${subject.id}`, { as: 'adminA' });
    assert.equal(gone.status, 204);
    assert.deepEqual((await standing()).roles, ['viewer']);
    await add(subject.id);
    assert.equal((await plane.send('DELETE', `${GROUPS}/${id}`, { as: 'adminA' })).status, 204);
    const after = await standing();
    assert.deepEqual([after.roles, after.groups], [['viewer'], []]);
  });

  test('make no owners, and are no way around what one may not give', async () => {
    const plane = new ControlPlane();
    const post = (as: Caller, path: string, body: object) => plane.send('POST', path, { as, body });
    problemOf(await post('ownerA', GROUPS, { name: 'x', roles: ['owner'] }), 'invalid_params');
    const strong = { name: 'strong', permissions: ['tenants.manage'] };
    assert.equal((await post('ownerA', '/api/v1/roles', strong)).status, 201);
    problemOf(await post('adminA', GROUPS, { name: 'x', roles: ['strong'] }), 'forbidden');
    const made = await post('ownerA', GROUPS, { name: 'x', roles: ['strong'] });
    const { id } = made.json as { id: string };
    const userId = 'usr_a_admin';
    problemOf(await post('adminA', `${GROUPS}/${id}/members`, { userId }), 'forbidden');
    const change = { as: 'adminA', body: { roles: ['strong'] } } as const;
    problemOf(await plane.send('PATCH', `${GROUPS}/${id}`, change), 'forbidden');
    const limited = testPrincipal({ user: 'usr_a_admin', role: 'admin', scopes: ['users.manage'] });
    const narrow = new ControlPlane({ admit: () => limited });
    const body = { name: 'x', roles: ['viewer'] };
    problemOf(await narrow.send('POST', GROUPS, { as: 'adminA', body }), 'forbidden');
  });
});
