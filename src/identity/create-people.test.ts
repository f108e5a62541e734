import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callers, filledIdentity } from '../../test/support/api-callers.ts';
import { IdSource } from '../kernel/ids.ts';
import { createPeople } from './create-people.ts';

const { adminA, adminB } = callers;
const [A, B] = [adminA.tenant, adminB.tenant];

function setUp() {
  const identity = filledIdentity();
  const people = createPeople({ ...identity, ids: new IdSource(), now: () => 5 });
  return { identity, people };
}

test('people are found by login or e-mail address, in any case of letters', async () => {
  const { identity, people } = setUp();
  await identity.accounts.update('usr_a_admin', { email: 'admin@mail.example' });
  for (const text of ['usr-a-admin', ' USR-A-ADMIN ', 'Admin@Mail.Example']) {
    assert.equal((await people.find(text))?.id, 'usr_a_admin', text);
  }
  for (const text of ['', 'usr_a_admin', 'nobody']) {
    assert.equal(await people.find(text), undefined, text);
  }
  await people.setPassword('usr_a_admin', 'hash', 7);
  assert.equal((await people.get('usr_a_admin'))?.passwordHash, 'hash');
  await identity.accounts.update('usr_a_admin', { status: 'deactivated' });
  assert.equal((await people.get('usr_a_admin'))?.isActive, false);
});

test('memberships are the active ones in active tenants, the oldest first', async () => {
  const { identity, people } = setUp();
  await people.join('usr_a_admin', B, ['viewer']);
  const tenants = async () => (await people.memberships('usr_a_admin')).map(({ tenant }) => tenant);
  assert.deepEqual(await tenants(), [B, A]);
  await identity.tenants.update(B, { settings: { requireSecondFactor: true } });
  const [first, second] = await people.memberships('usr_a_admin');
  assert.deepEqual([first?.requiresSecondFactor, second?.requiresSecondFactor], [true, false]);
  await identity.members.update(A, 'usr_a_admin', { status: 'deactivated' });
  assert.deepEqual(await tenants(), [B]);
  await identity.tenants.update(B, { status: 'suspended' });
  assert.deepEqual(await tenants(), []);
});

test('a person who is invited becomes a member with these roles', async () => {
  const { identity, people } = setUp();
  const newcomer = { login: 'ada', email: null, name: 'Ada', passwordHash: 'hash' };
  const { id } = await people.create(newcomer, A, ['viewer']);
  assert.deepEqual((await identity.members.get(A, id))?.membership.roles, ['viewer']);
  await assert.rejects(people.create(newcomer, A, ['viewer']), { code: 'conflict' });
  await assert.rejects(people.join(id, A, ['viewer']), { code: 'conflict' });
  assert.equal(await people.tenantName(A), 'name of ten_a');
});
