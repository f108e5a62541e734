import type { TestContext } from 'node:test';
import type { Service } from '../../../src/catalog/store.ts';
import type { ApiKey, Tenant, User } from '../../../src/identity/store.ts';
import { tenantId } from '../../../src/kernel/principal.ts';
import type { Storage } from '../../../src/storage/storage.ts';

/** Opens empty storage of the engine under test; it is gone when the test ends. */
export type OpenEmpty = (t: TestContext) => Promise<Storage>;

/** Two tenants that must not see each other. */
export const [A, B] = [tenantId('ten_a'), tenantId('ten_b')];

/** Opens storage in which both tenants are. */
export async function openWithTenants(open: OpenEmpty, t: TestContext): Promise<Storage> {
  const storage = await open(t);
  for (const tenant of [A, B]) await storage.identity.createTenant(tenantNamed(tenant));
  return storage;
}

/** A tenant of that id. */
export const tenantNamed = (id: Tenant['id']): Tenant => ({
  id,
  name: `name of ${id}`,
  createdAtMs: 1,
});

/** A user of the tenant, without a password. */
export const userOf = (tenant: Tenant['id'], id: string, role: User['role'] = 'member'): User => ({
  id,
  tenant,
  name: `name of ${id}`,
  role,
  passwordHash: null,
  createdAtMs: 2,
});

/** A key of the user. */
export const keyOf = (user: User, id: string, hash: string): ApiKey => ({
  id,
  tenant: user.tenant,
  userId: user.id,
  name: 'laptop',
  prefix: 'mgw_abcd',
  hash,
  createdAtMs: 3,
  expiresAtMs: null,
  scopes: null,
  access: [],
  revokedAtMs: null,
});

/** A service of the tenant. */
export const serviceOf = (tenant: Tenant['id'], id: string, slug = id): Service => ({
  id,
  tenant,
  slug,
  kind: 'mcp',
  title: 'A title with "quotes" and ünïcode 🎉',
  enabled: true,
  config: { url: 'https://upstream.example/mcp', headers: { accept: ['a', 1, null, true] } },
  createdAtMs: 4,
  updatedAtMs: 5,
  version: 1,
});
