import type { TestContext } from 'node:test';
import type { Service } from '../../../src/catalog/store.ts';
import type {
  Account,
  Membership,
  NewKey,
  NewTenant,
  Tenant,
} from '../../../src/identity/store.ts';
import { tenantId } from '../../../src/kernel/principal.ts';
import type { Storage } from '../../../src/storage/storage.ts';

/** Opens empty storage of the engine under test; it is gone when the test ends. */
export type OpenEmpty = (t: TestContext) => Promise<Storage>;

/** Two tenants that must not see each other. */
export const [A, B] = [tenantId('ten_a'), tenantId('ten_b')];

/** Opens storage in which both tenants are, each with its owner. */
export async function openWithTenants(open: OpenEmpty, t: TestContext): Promise<Storage> {
  const storage = await open(t);
  for (const tenant of [A, B]) await storage.tenants.create(newTenant(tenant));
  return storage;
}

const fresh = { status: 'active', createdAtMs: 2, version: 1 } as const;

/** A tenant of that id. */
export const tenantNamed = (id: Tenant['id']): Tenant => ({
  ...fresh,
  id,
  name: `name of ${id}`,
  settings: {},
});

/** A tenant of that id with its owner, `usr_owner_…`. */
export const newTenant = (id: Tenant['id']): Required<Omit<NewTenant, 'key'>> => {
  const account = accountOf(`usr_owner_${id}`);
  return { tenant: tenantNamed(id), account, membership: memberOf(id, account.id, 'owner') };
};

/** A person, without a password. */
export const accountOf = (id: string): Account => ({
  ...fresh,
  id,
  login: `login-${id}`,
  email: null,
  emailVerifiedAtMs: null,
  name: `name of ${id}`,
  passwordHash: null,
  passwordChangedAtMs: null,
});

/** The membership of a user. */
export const memberOf = (
  tenant: Tenant['id'],
  userId: string,
  ...roles: readonly string[]
): Membership => ({ ...fresh, tenant, userId, roles, source: 'local', externalId: null });

/** A key of the user. */
export const keyOf = (tenant: Tenant['id'], userId: string, id: string, hash: string): NewKey => ({
  key: {
    id,
    tenant,
    subject: { kind: 'user', id: userId },
    name: 'laptop',
    env: 'live',
    prefix: 'mgw_live_abcd',
    createdAtMs: 3,
    expiresAtMs: null,
    lastUsedAtMs: null,
    scopes: null,
    access: [],
    revokedAtMs: null,
  },
  secret: { hash, createdAtMs: 3, expiresAtMs: null },
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
