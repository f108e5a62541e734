import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../kernel/errors.ts';
import { IdSource } from '../kernel/ids.ts';
import { createAdmission } from './create-admission.ts';
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
  const permissions = { digest: 'd', actions: new Set<never>(), layers: [] };
  const permissionsOf = () => permissions;
  const principal = await createAdmission({ ...maker, permissionsOf }).admit(admin.apiKey);
  assert.deepEqual(principal, {
    tenant: tenants[0]?.id,
    subject: { kind: 'user', id: user?.id },
    grantId: firsts[0]?.key.id,
    credentialId: firsts[0]?.key.id,
    permissions: permissionsOf(),
  });
  assert.equal(await ensureFirstAdmin(maker), undefined);
  assert.equal(tenants.length, 1);
});

test('of gateways that start at once on an empty store one shows an administrator', async () => {
  const tenants: Tenant[] = [];
  const store = {
    tenants: async () => [...tenants],
    createTenant: async (tenant: Tenant) => {
      if (tenants.length > 0) throw new GatewayError('conflict');
      tenants.push(tenant);
    },
  } as unknown as IdentityStore;
  const maker = { store, keySecret: Buffer.alloc(32, 7), ids: new IdSource(), now: () => 5 };
  const starts = [ensureFirstAdmin(maker), ensureFirstAdmin(maker), ensureFirstAdmin(maker)];
  const admins = await Promise.all(starts);
  assert.equal(admins.filter((admin) => admin !== undefined).length, 1);
});
