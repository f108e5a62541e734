import { makeKey } from '../../src/identity/keys/make-key.ts';
import type { ApiKey, Membership, NewTenant } from '../../src/identity/store.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import type { Principal } from '../../src/kernel/principal.ts';
import { memoryIdentity, type MemoryIdentity } from './memory-identity.ts';
import { testPrincipal } from './test-principal.ts';

/** The clock of every control plane under test. */
export const NOW_MS = 1_800_000_000_000;

/** Keys that the control plane under test knows, with whom they stand for. */
export const callers = {
  ownerA: principal('ten_a', 'usr_a_owner', 'key_a_owner', 'owner'),
  adminA: principal('ten_a', 'usr_a_admin', 'key_a_admin', 'admin'),
  memberA: principal('ten_a', 'usr_a_member', 'key_a_member', 'developer'),
  billingA: principal('ten_a', 'usr_a_billing', 'key_a_billing', 'billing'),
  viewerA: principal('ten_a', 'usr_a_viewer', 'key_a_viewer', 'viewer'),
  serviceA: testPrincipal({
    tenant: 'ten_a',
    user: 'sva_a',
    grant: 'key_a_service',
    role: 'developer',
    kind: 'service_account',
  }),
  scopedA: testPrincipal({
    tenant: 'ten_a',
    user: 'usr_a_owner',
    grant: 'key_a_scoped',
    scopes: ['mcp.use', 'keys.own', 'tenant.read'],
  }),
  ownerB: principal('ten_b', 'usr_b_owner', 'key_b_owner', 'owner'),
  adminB: principal('ten_b', 'usr_b_admin', 'key_b_admin', 'admin'),
} as const;

/** The name of a caller; it is also the key that caller presents. */
export type Caller = keyof typeof callers;

function principal(tenant: string, user: string, grant: string, role: string): Principal {
  return testPrincipal({ tenant, user, grant, role });
}

/** What keys are made with. */
export const maker = {
  keySecret: Buffer.alloc(32, 7),
  env: 'live',
  ids: new IdSource(() => NOW_MS),
  now: () => NOW_MS,
};

/** Whoever may call is there, with the key that it calls by. */
export function filledIdentity(): MemoryIdentity {
  const identity = memoryIdentity();
  identity.addTenant(newTenant(callers.ownerA));
  identity.addTenant(newTenant(callers.ownerB));
  const { adminA, memberA, billingA, viewerA, serviceA, adminB } = callers;
  for (const caller of [adminA, memberA, billingA, viewerA, adminB]) {
    const { account, membership } = newTenant(caller);
    identity.addUser(caller.tenant, membership, account);
  }
  identity.addServiceAccount(serviceA.tenant, {
    tenant: serviceA.tenant,
    id: serviceA.subject.id,
    name: 'robot',
    description: '',
    roles: serviceA.permissions.roles,
    status: 'active',
    createdAtMs: NOW_MS,
    version: 1,
  });
  for (const caller of Object.values(callers)) addCallersKey(identity, caller);
  return identity;
}

/** Adds the key that a caller calls by. */
export function addCallersKey(
  identity: MemoryIdentity,
  { tenant, subject, grantId, permissions }: Principal,
  change: Partial<ApiKey> = {},
): void {
  const { kind, id } = subject;
  if (kind === 'system') throw new Error('The system has no keys.');
  const request = { subject: { kind, id }, name: 'test', ...permissions.credential };
  const { key, secret } = makeKey(maker, tenant, request);
  identity.addKey(tenant, { key: { ...key, id: grantId, ...change }, secret });
}

/** A tenant of whom a principal is the first user. */
export function newTenant({
  tenant,
  subject,
  permissions,
}: Principal): Required<Omit<NewTenant, 'key'>> {
  const { id } = subject;
  const fresh = { status: 'active', createdAtMs: NOW_MS, version: 1 } as const;
  const unknown = { email: null, emailVerifiedAtMs: null };
  const without = { passwordHash: null, passwordChangedAtMs: null };
  const { roles } = permissions;
  const local = { source: 'local', externalId: null } as const;
  const membership: Membership = { ...fresh, ...local, tenant, userId: id, roles };
  return {
    tenant: { ...fresh, id: tenant, name: `name of ${tenant}`, settings: {} },
    account: { ...fresh, ...unknown, ...without, id, login: id.replaceAll('_', '-'), name: id },
    membership,
  };
}
