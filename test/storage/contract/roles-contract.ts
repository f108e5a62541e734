import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Group, Role, ServiceAccount } from '../../../src/identity/store.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { A, accountOf, B, memberOf, openWithTenants, type OpenEmpty } from './fixtures.ts';

const made = { tenant: A, createdAtMs: 1, version: 1 } as const;
const role: Role = {
  ...made,
  name: 'support',
  description: 'Answers mail',
  permissions: ['mcp.use'],
  access: [{ services: ['mail'] }],
};
const group: Group = {
  ...made,
  id: 'grp_1',
  name: 'Desk',
  roles: ['support'],
  externalId: null,
  source: 'local',
};
const robot: ServiceAccount = {
  ...made,
  id: 'sva_1',
  name: 'robot',
  description: '',
  roles: ['viewer'],
  status: 'active',
};
const user = { kind: 'user', id: 'usr_1' } as const;
const conflict = { code: 'conflict' };

/** What roles, groups, service accounts and the standing that they give must do on every engine. */
export function rolesContract(open: OpenEmpty): void {
  roleContract(open);
  standingContract(open);
  provisionContract(open);
  changeContract(open);
}

async function openWithUser(open: OpenEmpty, t: TestContext): Promise<Storage> {
  const storage = await openWithTenants(open, t);
  await storage.members.add(A, memberOf(A, user.id, 'viewer'), accountOf(user.id));
  return storage;
}

function provisionContract(open: OpenEmpty): void {
  test('a provisioned user has an external id once a tenant, and frees its login', async (t) => {
    const { members, accounts, groups } = await openWithUser(open, t);
    const given = { source: 'scim', externalId: 'ext-1' } as const;
    await members.add(A, { ...memberOf(A, 'usr_2'), ...given }, accountOf('usr_2'));
    const other = { ...memberOf(A, 'usr_3'), ...given };
    await assert.rejects(members.add(A, other, accountOf('usr_3')), conflict);
    assert.equal(await accounts.get('usr_3'), undefined);
    await members.add(B, { ...other, tenant: B }, accountOf('usr_3'));
    assert.equal((await members.get(B, 'usr_3'))?.membership.externalId, 'ext-1');
    const person = { login: 'new-login', name: 'New' };
    const after = await members.update(A, 'usr_2', { externalId: 'ext-2' }, person);
    assert.equal(after?.externalId, 'ext-2');
    assert.equal((await accounts.get('usr_2'))?.name, 'New');
    // All or nothing: a login that is taken leaves the membership as it was.
    const taken = members.update(A, 'usr_2', { externalId: null }, { login: 'login-usr_1' });
    await assert.rejects(taken, conflict);
    assert.deepEqual((await members.get(A, 'usr_2'))?.membership, after);
    const desk = { ...group, roles: [], ...given };
    await groups.insert(A, desk, ['usr_2']);
    await assert.rejects(groups.insert(A, { ...desk, id: 'grp_2', name: 'Two' }), conflict);
    const update = { name: 'Help', ifVersion: 1 };
    const wrong = groups.change(A, desk.id, { update, add: ['usr_none'], remove: ['usr_2'] });
    await assert.rejects(wrong, { code: 'not_found' });
    assert.deepEqual(await groups.members(A, desk.id), ['usr_2']);
    const renamed = await groups.change(A, desk.id, { update, add: [user.id], remove: ['usr_2'] });
    assert.equal(renamed?.name, 'Help');
    assert.deepEqual(await groups.members(A, desk.id), [user.id]);
    assert.equal(await members.remove(A, 'usr_2', { atMs: 5, releases: true }), true);
    assert.equal(await accounts.findByLogin('new-login'), undefined);
    assert.equal((await accounts.get('usr_2'))?.status, 'deactivated');
    // Who is in another tenant keeps its login.
    await members.add(B, memberOf(B, user.id));
    await members.remove(A, user.id, { atMs: 5, releases: true });
    assert.equal((await accounts.findByLogin('login-usr_1'))?.status, 'active');
  });
}

function roleContract(open: OpenEmpty): void {
  test('a role is kept as it was given, once a name, and while somebody has it', async (t) => {
    const { roles, groups } = await openWithUser(open, t);
    await roles.insert(A, role);
    await assert.rejects(roles.insert(A, role), conflict);
    await roles.insert(B, { ...role, tenant: B });
    assert.deepEqual(await roles.list(A), [role]);
    const after = await roles.update(A, 'support', { description: 'New', ifVersion: 1 });
    assert.deepEqual(after, { ...role, description: 'New', version: 2 });
    await assert.rejects(roles.update(A, 'support', { access: [], ifVersion: 1 }), conflict);
    assert.deepEqual(await roles.get(A, 'support'), after);
    assert.deepEqual(await roles.get(B, 'support'), { ...role, tenant: B });
    await groups.insert(A, group);
    await assert.rejects(roles.delete(A, 'support'), conflict);
    assert.equal(await roles.delete(B, 'support'), true);
    assert.equal(await roles.delete(B, 'support'), false);
    await groups.update(A, 'grp_1', { roles: [] });
    await assert.rejects(roles.delete(A, 'support', 1), conflict);
    assert.equal(await roles.delete(A, 'support', 2), true);
    await assert.rejects(groups.update(A, 'grp_1', { roles: ['support'] }), {
      code: 'invalid_params',
    });
  });
}

function standingContract(open: OpenEmpty): void {
  test('a user stands with its own roles and those of its groups', async (t) => {
    const { roles, groups, members } = await openWithUser(open, t);
    await roles.insert(A, role);
    await groups.insert(A, group);
    await assert.rejects(groups.insert(A, { ...group, id: 'grp_2' }), conflict);
    await groups.addMember(A, 'grp_1', user.id);
    assert.deepEqual(await members.standing(A, user), {
      roles: ['support', 'viewer'],
      groups: ['grp_1'],
      ownRoles: [role],
      isOperator: true,
    });
    assert.deepEqual(await groups.members(A, 'grp_1'), [user.id]);
    assert.equal(await members.standing(B, user), undefined);
    await assert.rejects(groups.addMember(B, 'grp_1', user.id), { code: 'not_found' });
    assert.equal(await groups.removeMember(B, 'grp_1', user.id), false);
    assert.equal(await groups.delete(B, 'grp_1'), false);
    assert.equal(await groups.delete(A, 'grp_1'), true);
    assert.deepEqual((await members.standing(A, user))?.roles, ['viewer']);
  });

  test('whoever is suspended or deactivated has no standing', async (t) => {
    const { tenants, members, accounts, serviceAccounts } = await openWithUser(open, t);
    await serviceAccounts.insert(A, robot);
    const program = { kind: 'service_account', id: robot.id } as const;
    const stands = async () => [
      (await members.standing(A, user)) !== undefined,
      (await members.standing(A, program)) !== undefined,
    ];
    assert.deepEqual(await stands(), [true, true]);
    await members.update(A, user.id, { status: 'deactivated' });
    assert.deepEqual(await stands(), [false, true]);
    await members.update(A, user.id, { status: 'active' });
    await accounts.update(user.id, { status: 'deactivated' });
    assert.deepEqual(await stands(), [false, true]);
    await accounts.update(user.id, { status: 'active' });
    await serviceAccounts.update(A, robot.id, { status: 'deactivated' });
    assert.deepEqual(await stands(), [true, false]);
    await serviceAccounts.update(A, robot.id, { status: 'active' });
    await tenants.update(A, { status: 'suspended' });
    assert.deepEqual(await stands(), [false, false]);
    const system = { kind: 'system', id: robot.id } as const;
    assert.equal(await members.standing(A, system), undefined);
  });
}

function changeContract(open: OpenEmpty): void {
  test('every change of who may do what counts for the instances that keep a copy', async (t) => {
    const { tenants, members, accounts, roles, groups, serviceAccounts, versions } =
      await openWithUser(open, t);
    const count = async () =>
      (await versions.list()).find((one) => one.domain === 'keys' && one.tenant === A)?.version;
    await groups.insert(A, { ...group, roles: [] });
    await serviceAccounts.insert(A, robot);
    let last = (await count()) ?? 0;
    const changes: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['role made', () => roles.insert(A, role)],
      ['role', () => roles.update(A, 'support', { permissions: ['usage.read'] })],
      ['group', () => groups.update(A, 'grp_1', { roles: ['support'] })],
      ['into a group', () => groups.addMember(A, 'grp_1', user.id)],
      ['out of a group', () => groups.removeMember(A, 'grp_1', user.id)],
      ['no group', () => groups.delete(A, 'grp_1')],
      ['program', () => serviceAccounts.update(A, robot.id, { roles: [] })],
      ['no program', () => serviceAccounts.remove(A, robot.id, { atMs: 5 })],
      ['account', () => accounts.update(user.id, { status: 'deactivated' })],
      ['user', () => members.update(A, user.id, { roles: [] })],
      ['no user', () => members.remove(A, user.id, { atMs: 5 })],
      ['tenant', () => tenants.update(A, { status: 'suspended' })],
    ];
    for (const [what, change] of changes) {
      await change();
      const now = (await count()) ?? 0;
      assert.equal(now, last + 1, what);
      last = now;
    }
  });
}
