import type { IdSource } from '../kernel/ids.ts';
import type { TenantId } from '../kernel/principal.ts';
import type { Account, AccountStore, Membership, MemberStore, Tenant } from './accounts/store.ts';
import type { MemberOf, People, Person } from './authentication/people.ts';
import type { TenantStore } from './store.ts';

/** What people are kept in. */
export interface PeopleOptions {
  readonly accounts: AccountStore;
  readonly members: MemberStore;
  readonly tenants: Pick<TenantStore, 'get'>;
  readonly ids: Pick<IdSource, 'next'>;
  readonly now: () => number;
}

/** The accounts as signing in sees them. */
export function createPeople(options: PeopleOptions): People {
  const { accounts, members, tenants, ids, now } = options;
  return {
    find: async (loginOrEmail) => {
      const text = loginOrEmail.trim().toLowerCase();
      const found = (await accounts.findByLogin(text)) ?? (await accounts.findByEmail(text));
      return found && toPerson(found);
    },
    get: async (userId) => {
      const account = await accounts.get(userId);
      return account && toPerson(account);
    },
    memberships: async (userId) => {
      const all = (await accounts.memberships(userId))
        .filter(({ status }) => status === 'active')
        .toSorted((one, other) => one.createdAtMs - other.createdAtMs);
      const found = await Promise.all(all.map(({ tenant }) => tenants.get(tenant)));
      return found.flatMap((tenant) => (tenant?.status === 'active' ? [toMemberOf(tenant)] : []));
    },
    tenantName: async (tenant) => (await tenants.get(tenant))?.name,
    setPassword: async (userId, passwordHash, atMs) => {
      await accounts.update(userId, { passwordHash, passwordChangedAtMs: atMs });
    },
    create: async ({ login, email, name, passwordHash }, tenant, roles) => {
      const createdAtMs = now();
      const account: Account = {
        id: ids.next('usr'),
        login,
        email,
        emailVerifiedAtMs: null,
        name,
        passwordHash,
        passwordChangedAtMs: createdAtMs,
        status: 'active',
        createdAtMs,
        version: 1,
      };
      await members.add(tenant, membershipOf(account.id, tenant, roles, createdAtMs), account);
      return toPerson(account);
    },
    join: (userId, tenant, roles) =>
      members.add(tenant, membershipOf(userId, tenant, roles, now())),
  };
}

/** Whether a tenant lets in only who has a second factor. */
export function requiresSecondFactor({ settings }: Pick<Tenant, 'settings'>): boolean {
  return settings['requireSecondFactor'] === true;
}

function membershipOf(
  userId: string,
  tenant: TenantId,
  roles: readonly string[],
  createdAtMs: number,
): Membership {
  const made = { source: 'local', externalId: null, createdAtMs, version: 1 } as const;
  return { ...made, tenant, userId, roles, status: 'active' };
}

function toPerson({ id, login, email, name, passwordHash, status }: Account): Person {
  return { id, login, email, name, passwordHash, isActive: status === 'active' };
}

function toMemberOf(tenant: Tenant): MemberOf {
  const requires = requiresSecondFactor(tenant);
  return { tenant: tenant.id, tenantName: tenant.name, requiresSecondFactor: requires };
}
