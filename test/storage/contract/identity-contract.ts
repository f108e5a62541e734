import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../src/kernel/limits.ts';
import { tenantId } from '../../../src/kernel/principal.ts';
import {
  A,
  accountOf,
  B,
  keyOf,
  memberOf,
  newTenant,
  openWithTenants,
  tenantNamed,
  type OpenEmpty,
} from './fixtures.ts';

const ownerA = `usr_owner_${A}`;
const ownerB = `usr_owner_${B}`;

/** What tenants, users and their keys must do on every engine. */
export function identityContract(open: OpenEmpty): void {
  tenantContract(open);
  memberContract(open);
  keyContract(open);
  secretContract(open);
}

function tenantContract(open: OpenEmpty): void {
  test('a tenant with its first owner and key comes whole or not at all', async (t) => {
    const { tenants, members, apiKeys } = await open(t);
    const key = keyOf(A, ownerA, 'key_1', 'h1');
    await tenants.create({ ...newTenant(A), key });
    assert.deepEqual(await tenants.list(), [tenantNamed(A)]);
    assert.deepEqual(await tenants.get(A), tenantNamed(A));
    const { account, membership } = newTenant(A);
    assert.deepEqual(await members.list(A), [{ account, membership }]);
    assert.deepEqual(await apiKeys.find('h1'), key);

    const broken = tenants.create({ ...newTenant(B), key: keyOf(B, ownerB, 'key_2', 'h1') });
    await assert.rejects(broken, { code: 'conflict' });
    assert.equal((await tenants.list()).length, 1);
    assert.deepEqual(await members.list(B), []);
    await assert.rejects(tenants.create({ ...newTenant(A), account: accountOf('usr_x') }));
    assert.equal((await tenants.list()).length, 1);
  });

  test('a tenant is changed once a version, and keeps its name to itself', async (t) => {
    const { tenants } = await openWithTenants(open, t);
    const renamed = await tenants.update(A, { name: 'Acme', settings: { a: [1] }, ifVersion: 1 });
    assert.deepEqual(renamed, {
      ...tenantNamed(A),
      name: 'Acme',
      settings: { a: [1] },
      version: 2,
    });
    assert.deepEqual(await tenants.get(A), renamed);
    await assert.rejects(tenants.update(A, { name: 'Other', ifVersion: 1 }), { code: 'conflict' });
    await assert.rejects(tenants.update(B, { name: 'Acme' }), { code: 'conflict' });
    assert.equal(await tenants.update(tenantId('ten_none'), { name: 'x' }), undefined);
  });
}

function memberContract(open: OpenEmpty): void {
  test('a person is known once, and is in several tenants', async (t) => {
    const { members, accounts } = await openWithTenants(open, t);
    const person = { ...accountOf('usr_1'), login: 'ada', email: 'ada@example.com' };
    await members.add(A, memberOf(A, 'usr_1', 'viewer'), person);
    await members.add(B, memberOf(B, 'usr_1', 'admin'));
    assert.deepEqual(await accounts.get('usr_1'), person);
    assert.deepEqual(await accounts.findByLogin('ada'), person);
    assert.deepEqual(await accounts.findByEmail('ada@example.com'), person);
    assert.equal(await accounts.findByLogin('ADA'), undefined);
    assert.deepEqual(await accounts.memberships('usr_1'), [
      memberOf(A, 'usr_1', 'viewer'),
      memberOf(B, 'usr_1', 'admin'),
    ]);
    const again = members.add(A, memberOf(A, 'usr_1', 'viewer'));
    await assert.rejects(again, { code: 'conflict' });
    const sameLogin = { ...accountOf('usr_2'), login: 'ada' };
    const taken = members.add(A, memberOf(A, 'usr_2', 'viewer'), sameLogin);
    await assert.rejects(taken, { code: 'conflict' });
    await assert.rejects(members.add(A, memberOf(A, 'usr_none', 'viewer')), { code: 'not_found' });
    await assert.rejects(members.add(A, memberOf(A, 'usr_none', 'nonsense')), {
      code: 'invalid_params',
    });
    assert.equal((await members.list(A)).length, 2);
  });

  test('a tenant keeps an active owner, whatever is done at once', async (t) => {
    const { members, accounts } = await openWithTenants(open, t);
    const conflict = { code: 'conflict' };
    await assert.rejects(members.update(A, ownerA, { roles: ['admin'] }), conflict);
    await assert.rejects(members.update(A, ownerA, { status: 'deactivated' }), conflict);
    await assert.rejects(members.remove(A, ownerA, { atMs: 5 }), conflict);
    await assert.rejects(accounts.update(ownerA, { status: 'deactivated' }), conflict);
    await members.add(A, memberOf(A, 'usr_2', 'owner'), accountOf('usr_2'));
    const removals = [ownerA, 'usr_2'].map((userId) => members.remove(A, userId, { atMs: 5 }));
    const settled = await Promise.allSettled(removals);
    const done = settled.filter(({ status }) => status === 'fulfilled');
    assert.equal(done.length, 1, 'one of the two stays');
    assert.equal((await members.list(A)).length, 1);
  });
}

function keyContract(open: OpenEmpty): void {
  test('a key is revoked once, by its own tenant', async (t) => {
    const { apiKeys } = await openWithTenants(open, t);
    const { key, secret } = keyOf(A, ownerA, 'key_1', 'h1');
    await apiKeys.create(A, { key: { ...key, expiresAtMs: 99 }, secret });
    assert.equal(await apiKeys.revoke(B, 'key_1', 50), false);
    assert.equal((await apiKeys.find('h1'))?.key.revokedAtMs, null);
    assert.equal(await apiKeys.revoke(A, 'key_1', 60), true);
    assert.equal(await apiKeys.revoke(A, 'key_1', 70), true);
    const [stored] = await apiKeys.list(A);
    assert.deepEqual([stored?.revokedAtMs, stored?.expiresAtMs], [60, 99]);
    assert.deepEqual(await apiKeys.list(B), []);
    assert.equal(await apiKeys.get(B, 'key_1'), undefined);
    assert.equal(await apiKeys.find('h2'), undefined);
    await assert.rejects(apiKeys.create(A, keyOf(A, ownerB, 'key_2', 'h2')), { code: 'not_found' });
  });

  test('one holder has keysPerUserMax keys, however many are asked for at once', async (t) => {
    const { apiKeys } = await openWithTenants(open, t);
    for (let index = 0; index < limits.keysPerUserMax - 1; index++) {
      await apiKeys.create(A, keyOf(A, ownerA, `key_${index}`, `h${index}`));
    }
    const asked = Array.from({ length: 4 }, (_, index) =>
      apiKeys.create(A, keyOf(A, ownerA, `key_more_${index}`, `more ${index}`)),
    );
    const made = (await Promise.allSettled(asked)).filter(({ status }) => status === 'fulfilled');
    assert.equal(made.length, 1);
    assert.equal((await apiKeys.list(A)).length, limits.keysPerUserMax);
  });
}

function secretContract(open: OpenEmpty): void {
  const secretOf = (hash: string, createdAtMs: number) => ({
    hash,
    createdAtMs,
    expiresAtMs: null,
  });

  test('a key has two texts at most, whatever is asked at once', async (t) => {
    const { apiKeys } = await openWithTenants(open, t);
    await apiKeys.create(A, keyOf(A, ownerA, 'key_1', 'h1'));
    const asked = ['h2', 'h3', 'h4'].map((hash) =>
      apiKeys.rotate(A, 'key_1', secretOf(hash, 10), 100),
    );
    const made = (await Promise.allSettled(asked)).filter(({ status }) => status === 'fulfilled');
    assert.equal(made.length, 1);
    assert.equal((await apiKeys.find('h1'))?.secret.expiresAtMs, 100);
    const late = await apiKeys.rotate(A, 'key_1', secretOf('h5', 100), 200);
    assert.equal(late, true, 'the oldest has ended by now');
    assert.equal(await apiKeys.find('h1'), undefined);
    assert.equal(await apiKeys.rotate(B, 'key_1', secretOf('h6', 300), 400), false);
    await apiKeys.revoke(A, 'key_1', 300);
    assert.equal(await apiKeys.rotate(A, 'key_1', secretOf('h7', 300), 400), false);
  });

  test('when keys were used is noted together and never goes back', async (t) => {
    const { apiKeys, versions } = await openWithTenants(open, t);
    await apiKeys.create(A, keyOf(A, ownerA, 'key_1', 'h1'));
    await apiKeys.create(B, keyOf(B, ownerB, 'key_2', 'h2'));
    const before = await versions.list();
    await apiKeys.noteUse([
      { tenant: A, keyId: 'key_1', atMs: 70 },
      { tenant: B, keyId: 'key_2', atMs: 80 },
      { tenant: A, keyId: 'key_2', atMs: 90 },
    ]);
    await apiKeys.noteUse([{ tenant: A, keyId: 'key_1', atMs: 60 }]);
    assert.equal((await apiKeys.get(A, 'key_1'))?.lastUsedAtMs, 70);
    assert.equal((await apiKeys.get(B, 'key_2'))?.lastUsedAtMs, 80);
    assert.deepEqual(await versions.list(), before, 'that is no change that others hear of');
  });
}
