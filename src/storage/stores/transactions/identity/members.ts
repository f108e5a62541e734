import type {
  Account,
  Membership,
  MembershipUpdate,
  PersonChange,
  Removal,
} from '../../../../identity/store.ts';
import { checkVersion } from '../../../../kernel/check-version.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { type MembershipRow, withRoles } from '../../rows/identity-rows.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';
import { bumpVersion } from '../bump-version.ts';
import { insertAccount, releaseAccount, updateAccount } from './accounts.ts';
import { checkRoles } from './check-roles.ts';
import { countRows } from './count-rows.ts';
import { keepOwner } from './keep-owner.ts';
import { endKeys } from './keys.ts';

/** Inserts a membership. */
export function* insertMembership(membership: Membership): Steps<number> {
  const { tenant, userId, roles, status, source, externalId, createdAtMs, version } = membership;
  return yield* change(sql`INSERT INTO membership (tenant_id, user_id, roles, status, source,
      external_id, created_at_ms, version)
    VALUES (${tenant}, ${userId}, ${JSON.stringify(roles)}, ${status}, ${source}, ${externalId},
      ${createdAtMs}, ${version})`);
}

/** Adds a user to a tenant, with its account when that is new. */
export function* addMember({
  tenant,
  membership,
  account,
}: {
  readonly tenant: TenantId;
  readonly membership: Membership;
  readonly account: Account | null;
}): Steps<null> {
  yield* countRows(
    sql`SELECT count(*) AS rows FROM membership WHERE tenant_id = ${tenant}`,
    limits.usersPerTenantMax,
    'users',
  );
  yield* checkRoles(tenant, membership.roles);
  if (account !== null) yield* insertAccount(account);
  yield* insertMembership({ ...membership, tenant });
  yield* bumpVersion('keys', tenant);
  return null;
}

/** Changes a membership; throws `conflict` when the tenant's last active owner would go. */
export function* updateMember({
  tenant,
  userId,
  update,
  person,
}: {
  readonly tenant: TenantId;
  readonly userId: string;
  readonly update: MembershipUpdate;
  readonly person?: PersonChange | undefined;
}): Steps<Membership | undefined> {
  const before = yield* readMembership(tenant, userId);
  if (before === undefined) return undefined;
  const { ifVersion, ...changed } = update;
  checkVersion(before.version, ifVersion);
  if (update.roles !== undefined) yield* checkRoles(tenant, update.roles);
  const after = { ...before, ...changed, version: before.version + 1 };
  yield* change(sql`UPDATE membership SET roles = ${JSON.stringify(after.roles)},
      status = ${after.status}, source = ${after.source}, external_id = ${after.externalId},
      version = ${after.version}
    WHERE tenant_id = ${tenant} AND user_id = ${userId}`);
  if (person !== undefined) yield* updateAccount({ userId, update: person });
  if (before.roles.includes('owner')) yield* keepOwner(tenant);
  yield* bumpVersion('keys', tenant);
  return after;
}

/** Removes a membership and ends the user's keys; false when there is none. */
export function* removeMember({
  tenant,
  userId,
  removal: { atMs, ifVersion, releases },
}: {
  readonly tenant: TenantId;
  readonly userId: string;
  readonly removal: Removal;
}): Steps<boolean> {
  const before = yield* readMembership(tenant, userId);
  if (before === undefined) return false;
  checkVersion(before.version, ifVersion);
  yield* change(sql`DELETE FROM membership WHERE tenant_id = ${tenant} AND user_id = ${userId}`);
  if (before.roles.includes('owner')) yield* keepOwner(tenant);
  yield* endKeys(tenant, { kind: 'user', id: userId }, atMs);
  if (releases === true) yield* releaseAccount(userId);
  yield* bumpVersion('keys', tenant);
  return true;
}

function* readMembership(tenant: TenantId, userId: string): Steps<Membership | undefined> {
  const row = yield* firstRow<MembershipRow>(sql`SELECT tenant_id AS tenant, user_id AS "userId",
      roles, status, source, external_id AS "externalId", created_at_ms AS "createdAtMs", version
    FROM membership WHERE tenant_id = ${tenant} AND user_id = ${userId}`);
  return row === undefined ? undefined : withRoles(row);
}
