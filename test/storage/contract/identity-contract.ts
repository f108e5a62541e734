import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tenantId } from '../../../src/kernel/principal.ts';
import { A, B, keyOf, openWithTenants, tenantNamed, userOf, type OpenEmpty } from './fixtures.ts';

/** What tenants, users and keys must do on every engine. */
export function identityContract(open: OpenEmpty): void {
  test('a tenant with its first user and key comes whole or not at all', async (t) => {
    const { identity } = await open(t);
    const user = userOf(A, 'usr_1', 'admin');
    await identity.createTenant(tenantNamed(A), { user, key: keyOf(user, 'key_1', 'h1') });
    assert.deepEqual(await identity.tenants(), [tenantNamed(A)]);
    assert.deepEqual(await identity.users(A), [user]);
    assert.deepEqual(await identity.findKey('h1'), {
      key: keyOf(user, 'key_1', 'h1'),
      role: 'admin',
    });

    const other = userOf(B, 'usr_2');
    const broken = identity.createTenant(tenantNamed(B), {
      user: other,
      key: keyOf(other, 'key_2', 'h1'),
    });
    await assert.rejects(broken, { code: 'conflict' });
    assert.equal((await identity.tenants()).length, 1);
    assert.deepEqual(await identity.users(B), []);
  });

  test('names are taken once a tenant, hashes once at all', async (t) => {
    const { identity } = await openWithTenants(open, t);
    const user = userOf(A, 'usr_1');
    await identity.createUser(A, user);
    const sameName = { ...user, id: 'usr_2' };
    await assert.rejects(identity.createUser(A, sameName), { code: 'conflict' });
    await identity.createUser(B, { ...sameName, tenant: B });
    await assert.rejects(identity.createTenant({ ...tenantNamed(A), id: tenantId('ten_c') }), {
      code: 'conflict',
    });
    await assert.rejects(identity.createKey(A, keyOf(userOf(A, 'usr_9'), 'key_1', 'h')), {
      code: 'not_found',
    });
  });

  test('a key is revoked once, by its own tenant', async (t) => {
    const { identity } = await openWithTenants(open, t);
    const user = userOf(A, 'usr_1');
    await identity.createUser(A, user);
    await identity.createKey(A, { ...keyOf(user, 'key_1', 'h1'), expiresAtMs: 99 });
    assert.equal(await identity.revokeKey(B, 'key_1', 50), false);
    assert.equal((await identity.findKey('h1'))?.key.revokedAtMs, null);
    assert.equal(await identity.revokeKey(A, 'key_1', 60), true);
    assert.equal(await identity.revokeKey(A, 'key_1', 70), true);
    const [key] = await identity.keys(A);
    assert.equal(key?.revokedAtMs, 60);
    assert.equal(key.expiresAtMs, 99);
    assert.deepEqual(await identity.keys(B), []);
    assert.equal(await identity.findKey('h2'), undefined);
  });
}
