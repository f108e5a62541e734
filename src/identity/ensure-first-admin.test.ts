import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdSource } from '../kernel/ids.ts';
import { createAuthenticator } from './create-authenticator.ts';
import { ensureFirstAdmin } from './ensure-first-admin.ts';
import { verifyPassword } from './password.ts';
import type { FirstUser, IdentityStore, Tenant } from './store.ts';

test('an empty store gets one administrator, once', async () => {
  const tenants: Tenant[] = [];
  const firsts: FirstUser[] = [];
  const store = {
    tenants: async () => tenants,
    createTenant: async (tenant: Tenant, first: FirstUser) => {
      tenants.push(tenant);
      firsts.push(first);
    },
    findKey: async (hash: string) => {
      const first = firsts.find(({ key }) => key.hash === hash);
      return first === undefined ? undefined : { key: first.key, role: first.user.role };
    },
  } as unknown as IdentityStore;
  const keySecret = Buffer.alloc(32, 7);
  const maker = { store, keySecret, ids: new IdSource(() => 5), now: () => 5 };
  const admin = await ensureFirstAdmin(maker);
  assert.ok(admin !== undefined);
  assert.equal(admin.userName, 'admin');
  assert.match(admin.password, /^[0-9A-Za-z]{24}$/);
  assert.deepEqual(
    tenants.map(({ name }) => name),
    ['default'],
  );
  const user = firsts[0]?.user;
  assert.equal(await verifyPassword(user?.passwordHash ?? null, admin.password), true);
  const principal = await createAuthenticator(maker).authenticate(admin.apiKey);
  assert.deepEqual(principal, {
    tenant: tenants[0]?.id,
    userId: user?.id,
    credentialId: firsts[0]?.key.id,
    role: 'admin',
  });
  assert.equal(await ensureFirstAdmin(maker), undefined);
  assert.equal(tenants.length, 1);
});
