import type { Member, MemberStore, Standing } from '../../../identity/store.ts';
import { builtInRoles } from '../../../kernel/permissions.ts';
import type { Subject, TenantId } from '../../../kernel/principal.ts';
import type { Database, QueryBuilder } from '../database.ts';
import { accountColumns, membershipColumns, roleColumns, toRole } from '../rows/identity-rows.ts';

/** The users of tenants, and what any subject has there. */
export function createMemberStore({ query, transact }: Database): MemberStore {
  return {
    list: (tenant) => selectMembers(query, tenant),
    get: async (tenant, userId) => (await selectMembers(query, tenant, userId))[0],
    add: async (tenant, membership, account) => {
      await transact('addMember', { tenant, membership, account: account ?? null });
    },
    update: (tenant, userId, update, person) =>
      transact('updateMember', { tenant, userId, update, person }),
    remove: (tenant, userId, removal) => transact('removeMember', { tenant, userId, removal }),
    standing: (tenant, subject) => readStanding(query, tenant, subject),
  };
}

async function selectMembers(
  query: QueryBuilder,
  tenant: TenantId,
  userId?: string,
): Promise<readonly Member[]> {
  const [memberships, accounts] = await Promise.all([
    query
      .selectFrom('membership')
      .select(membershipColumns)
      .where('tenant_id', '=', tenant)
      .$if(userId !== undefined, (select) => select.where('user_id', '=', userId as string))
      .orderBy('user_id')
      .execute(),
    query
      .selectFrom('account')
      .innerJoin('membership', 'membership.user_id', 'account.id')
      .select(accountColumns)
      .where('membership.tenant_id', '=', tenant)
      .$if(userId !== undefined, (select) => select.where('account.id', '=', userId as string))
      .execute(),
  ]);
  const byId = new Map(accounts.map((account) => [account.id, account]));
  return memberships.flatMap(({ roles, ...membership }) => {
    const account = byId.get(membership.userId);
    if (account === undefined) return [];
    return [{ account, membership: { ...membership, roles: namesIn(roles) } }];
  });
}

async function readStanding(
  query: QueryBuilder,
  tenant: TenantId,
  subject: Subject,
): Promise<Standing | undefined> {
  // The gateway itself is in no tenant.
  if (subject.kind === 'system') return undefined;
  const [held, groups] =
    subject.kind === 'user'
      ? await Promise.all([
          userRoles(query, tenant, subject.id),
          groupsOf(query, tenant, subject.id),
        ])
      : [await serviceAccountRoles(query, tenant, subject.id), []];
  if (held === undefined) return undefined;
  const names = [held.roles, ...groups.map(({ roles }) => roles)].flatMap(namesIn);
  const roles = [...new Set(names)].toSorted();
  return {
    roles,
    groups: groups.map(({ id }) => id),
    ownRoles: await ownRolesAmong(query, tenant, roles),
    isOperator: held.isOperator === 1,
  };
}

function userRoles(query: QueryBuilder, tenant: TenantId, userId: string) {
  return query
    .selectFrom('membership')
    .innerJoin('account', 'account.id', 'membership.user_id')
    .innerJoin('tenant', 'tenant.id', 'membership.tenant_id')
    .select(['membership.roles', 'tenant.is_operator as isOperator'])
    .where('membership.tenant_id', '=', tenant)
    .where('membership.user_id', '=', userId)
    .where('membership.status', '=', 'active')
    .where('account.status', '=', 'active')
    .where('tenant.status', '=', 'active')
    .executeTakeFirst();
}

function serviceAccountRoles(query: QueryBuilder, tenant: TenantId, id: string) {
  return query
    .selectFrom('service_account')
    .innerJoin('tenant', 'tenant.id', 'service_account.tenant_id')
    .select(['service_account.roles', 'tenant.is_operator as isOperator'])
    .where('service_account.tenant_id', '=', tenant)
    .where('service_account.id', '=', id)
    .where('service_account.status', '=', 'active')
    .where('tenant.status', '=', 'active')
    .executeTakeFirst();
}

function groupsOf(query: QueryBuilder, tenant: TenantId, userId: string) {
  return query
    .selectFrom('group_member')
    .innerJoin('user_group', (join) =>
      join
        .onRef('user_group.tenant_id', '=', 'group_member.tenant_id')
        .onRef('user_group.id', '=', 'group_member.group_id'),
    )
    .select(['user_group.id', 'user_group.roles'])
    .where('group_member.tenant_id', '=', tenant)
    .where('group_member.user_id', '=', userId)
    .orderBy('user_group.id')
    .execute();
}

async function ownRolesAmong(query: QueryBuilder, tenant: TenantId, names: readonly string[]) {
  const own = names.filter((name) => !builtInRoles.some((one) => one === name));
  if (own.length === 0) return [];
  const rows = await query
    .selectFrom('role')
    .select(roleColumns)
    .where('tenant_id', '=', tenant)
    .where('name', 'in', own)
    .orderBy('name')
    .execute();
  return rows.map(toRole);
}

function namesIn(roles: string): readonly string[] {
  return JSON.parse(roles) as readonly string[];
}
