import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../kernel/errors.ts';
import { IdSource } from '../kernel/ids.ts';
import { createAdmission } from './admission/create-admission.ts';
import { createKeyCredentials } from './admission/key-credentials.ts';
import { ensureFirstAdmin } from './ensure-first-admin.ts';
import { createPasswords } from './authentication/passwords.ts';
import type { NewTenant, Tenant } from './store.ts';

const keySecret = Buffer.alloc(32, 7);

test('an empty store gets one administrator, once', async () => {
  const made: NewTenant[] = [];
  const tenants = {
    list: async () => made.map(({ tenant }) => tenant),
    create: async (created: NewTenant) => void made.push(created),
  };
  const maker = { tenants, keySecret, env: 'live', ids: new IdSource(() => 5), now: () => 5 };
  const admin = await ensureFirstAdmin(maker);
  assert.ok(admin !== undefined);
  assert.equal(admin.userName, 'admin');
  assert.match(admin.password, /^[0-9A-Za-z]{24}$/);
  const [first] = made;
  assert.equal(first?.tenant.name, 'default');
  assert.deepEqual(first.membership.roles, ['owner']);
  assert.equal(first.membership.userId, first.account?.id);
  const passwordHash = first.account?.passwordHash ?? null;
  assert.equal(await createPasswords().verify(passwordHash, admin.password), true);
  const credential = { scopes: null, access: [] };
  const rest = { digest: 'd', actions: new Set<never>(), layers: [], credential, groups: [] };
  const keys = createKeyCredentials({
    apiKeys: { find: async (hash) => (first.key?.secret.hash === hash ? first.key : undefined) },
    members: {
      standing: async () => ({ roles: ['owner'], groups: [], ownRoles: [], isOperator: true }),
    },
    keySecrets: [keySecret],
    permissionsOf: ({ roles }) => ({ ...rest, roles }),
    now: () => 5,
  });
  const { admit } = createAdmission({ kinds: [keys], now: () => 5 });
  assert.deepEqual(await admit(admin.apiKey, '/mcp'), {
    tenant: first.tenant.id,
    subject: { kind: 'user', id: first.account?.id },
    grantId: first.key?.key.id,
    credentialId: first.key?.key.id,
    permissions: { ...rest, roles: ['owner'] },
  });
  assert.equal(await ensureFirstAdmin(maker), undefined);
  assert.equal(made.length, 1);
});

test('of gateways that start at once on an empty store one shows an administrator', async () => {
  const there: Tenant[] = [];
  const tenants = {
    list: async () => [...there],
    create: async ({ tenant }: NewTenant) => {
      if (there.length > 0) throw new GatewayError('conflict');
      there.push(tenant);
    },
  };
  const maker = { tenants, keySecret, env: 'live', ids: new IdSource(), now: () => 5 };
  const starts = [ensureFirstAdmin(maker), ensureFirstAdmin(maker), ensureFirstAdmin(maker)];
  const admins = await Promise.all(starts);
  assert.equal(admins.filter((admin) => admin !== undefined).length, 1);
});
