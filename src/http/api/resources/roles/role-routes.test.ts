import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Caller, ControlPlane, problemOf } from '../../../../../test/support/control-plane.ts';
import { testPrincipal } from '../../../../../test/support/test-principal.ts';
import { limits } from '../../../../kernel/limits.ts';
import { compilePermissions } from '../../../../policy/compile-permissions.ts';

const ROLES = '/api/v1/roles';

function setUp(change: ConstructorParameters<typeof ControlPlane>[0] = {}) {
  const plane = new ControlPlane(change);
  const make = (as: Caller, body: object) => plane.send('POST', ROLES, { as, body });
  const alter = (as: Caller, name: string, body: object) =>
    plane.send('PATCH', `${ROLES}/${name}`, { as, body });
  const remove = (as: Caller, name: string) => plane.send('DELETE', `${ROLES}/${name}`, { as });
  return { plane, make, alter, remove };
}

describe('roles', () => {
  test('of every tenant are listed first, and are not changed', async () => {
    const { plane, make, alter, remove } = setUp();
    await make('adminA', { name: 'support', permissions: ['mcp.use'] });
    const { json } = await plane.send('GET', ROLES, { as: 'memberA' });
    const { roles } = json as { roles: { name: string; builtIn: boolean }[] };
    assert.deepEqual(
      roles.map(({ name, builtIn }) => `${name} ${builtIn}`),
      [
        'owner true',
        'admin true',
        'developer true',
        'billing true',
        'viewer true',
        'support false',
      ],
    );
    problemOf(await make('ownerA', { name: 'owner', permissions: ['mcp.use'] }), 'conflict');
    problemOf(await alter('ownerA', 'viewer', { permissions: ['mcp.use'] }), 'conflict');
    problemOf(await remove('ownerA', 'viewer'), 'conflict');
    assert.equal((await plane.send('GET', `${ROLES}/owner`, { as: 'memberA' })).status, 200);
  });

  test('hold at most what their maker has, when made and when changed', async () => {
    const { make, alter } = setUp();
    const more = ['mcp.use', 'tenants.manage'];
    problemOf(await make('adminA', { name: 'too-much', permissions: more }), 'forbidden');
    assert.equal((await make('adminA', { name: 'some', permissions: ['mcp.use'] })).status, 201);
    problemOf(await alter('adminA', 'some', { permissions: more }), 'forbidden');
    assert.equal((await alter('ownerA', 'some', { permissions: more })).status, 200);
    problemOf(await alter('adminA', 'some', { description: 'mine now' }), 'forbidden');
  });

  test('that reach a part hold what can be limited to it', async () => {
    const { plane, make, alter } = setUp();
    const access = [{ services: ['orders'] }];
    const whole = { name: 'part', permissions: ['mcp.use', 'usage.read'], access };
    problemOf(await make('adminA', whole), 'invalid_params');
    assert.equal((await make('adminA', { ...whole, permissions: ['mcp.use'] })).status, 201);
    problemOf(await alter('adminA', 'part', { permissions: ['usage.read'] }), 'invalid_params');
    const body = { login: 'ada', roles: ['part'] };
    const user = await plane.send('POST', '/api/v1/users', { as: 'adminA', body });
    const { id } = user.json as { id: string };
    const { tenant } = testPrincipal();
    const standing = await plane.identity.members.standing(tenant, { kind: 'user', id });
    assert.ok(standing !== undefined);
    const { actions, layers } = compilePermissions(standing);
    assert.deepEqual([[...actions], layers], [['mcp.use'], [access]]);
  });

  test('are not given away by who reaches a part of the services', async () => {
    const layers = [[{ services: ['orders'] }]];
    const whole = testPrincipal({ user: 'usr_a_admin', role: 'admin' });
    const part = { ...whole, permissions: { ...whole.permissions, layers } };
    const { make } = setUp({ admit: () => part });
    problemOf(await make('adminA', { name: 'all', permissions: ['mcp.use'] }), 'forbidden');
    assert.equal(
      (await make('adminA', { name: 'bills', permissions: ['usage.read'] })).status,
      201,
    );
  });

  test('are removed when nobody has them', async () => {
    const { plane, make, remove } = setUp();
    await make('adminA', { name: 'support', permissions: ['mcp.use'] });
    const body = { login: 'ada', roles: ['support'] };
    const user = await plane.send('POST', '/api/v1/users', { as: 'adminA', body });
    problemOf(await remove('adminA', 'support'), 'conflict');
    const { id } = user.json as { id: string };
    await plane.send('DELETE', `/api/v1/users/${id}`, { as: 'adminA' });
    assert.equal((await remove('adminA', 'support')).status, 204);
    problemOf(await remove('adminA', 'support'), 'not_found');
  });

  test('are bounded in name, description and rules', async () => {
    const { make } = setUp();
    const name = 'x'.repeat(limits.roleNameLengthMax);
    const description = 'y'.repeat(limits.roleDescriptionLengthMax);
    const access = Array.from({ length: limits.roleAccessRulesMax }, () => ({ services: ['a'] }));
    const most = { name, description, permissions: ['mcp.use'], access };
    assert.equal((await make('adminA', most)).status, 201);
    for (const more of [
      { ...most, name: `${name}x` },
      { ...most, name: 'y', description: `${description}y` },
      { ...most, name: 'z', access: [...access, { services: ['a'] }] },
      { ...most, name: 'Upper' },
      { ...most, name: 'w', tenant: 'ten_b' },
    ]) {
      problemOf(await make('adminA', more), 'invalid_params');
    }
  });
});
