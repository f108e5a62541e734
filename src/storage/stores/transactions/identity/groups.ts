import type { Group, GroupChange, GroupUpdate } from '../../../../identity/store.ts';
import { checkVersion } from '../../../../kernel/check-version.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { withRoles, type GroupRow, type RowOf } from '../../rows/identity-rows.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';
import { bumpVersion } from '../bump-version.ts';
import { checkRoles } from './check-roles.ts';
import { countRows } from './count-rows.ts';

/** Adds a group to a tenant, with the users in it. */
export function* insertGroup({
  tenant,
  group,
  userIds = [],
}: {
  readonly tenant: TenantId;
  readonly group: Group;
  readonly userIds?: readonly string[];
}): Steps<null> {
  yield* countRows(
    sql`SELECT count(*) AS rows FROM user_group WHERE tenant_id = ${tenant}`,
    limits.groupsPerTenantMax,
    'groups',
  );
  yield* checkRoles(tenant, group.roles);
  const { id, name, roles, externalId, source, createdAtMs, version } = group;
  yield* change(sql`INSERT INTO user_group (tenant_id, id, name, roles, external_id, source,
      created_at_ms, version)
    VALUES (${tenant}, ${id}, ${name}, ${JSON.stringify(roles)}, ${externalId}, ${source},
      ${createdAtMs}, ${version})`);
  for (const userId of userIds) yield* addGroupMember({ tenant, id, userId });
  return null;
}

/** Changes a group and who is in it; what it is then, or undefined when there is none. */
export function* changeGroup({
  tenant,
  id,
  change: { update, add, remove },
}: RowOf & { readonly change: GroupChange }): Steps<Group | undefined> {
  const after = yield* updateGroup({ tenant, id, update });
  if (after === undefined) return undefined;
  // Out first: a full group whose members change stays within its bound.
  for (const userId of remove) yield* removeGroupMember({ tenant, id, userId });
  for (const userId of add) yield* addGroupMember({ tenant, id, userId });
  return after;
}

/** Changes a group; what it is then, or undefined when there is none. */
export function* updateGroup({
  tenant,
  id,
  update,
}: RowOf & { readonly update: GroupUpdate }): Steps<Group | undefined> {
  const row = yield* firstRow<GroupRow>(sql`SELECT tenant_id AS tenant, id, name, roles,
      external_id AS "externalId", source, created_at_ms AS "createdAtMs", version
    FROM user_group WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (row === undefined) return undefined;
  const { ifVersion, ...changed } = update;
  checkVersion(row.version, ifVersion);
  if (update.roles !== undefined) yield* checkRoles(tenant, update.roles);
  const before = withRoles(row);
  const after = { ...before, ...changed, version: before.version + 1 };
  yield* change(sql`UPDATE user_group SET name = ${after.name},
      roles = ${JSON.stringify(after.roles)}, external_id = ${after.externalId},
      source = ${after.source}, version = ${after.version}
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  yield* bumpVersion('keys', tenant);
  return after;
}

/** Removes a group; false when there is none. */
export function* removeGroup({
  tenant,
  id,
  ifVersion,
}: RowOf & { readonly ifVersion: number | undefined }): Steps<boolean> {
  const stored = yield* firstRow<{ readonly version: number }>(sql`SELECT version FROM user_group
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (stored === undefined) return false;
  checkVersion(stored.version, ifVersion);
  yield* change(sql`DELETE FROM user_group WHERE tenant_id = ${tenant} AND id = ${id}`);
  yield* bumpVersion('keys', tenant);
  return true;
}

/** Puts a user of the tenant into a group; doing it again changes nothing. */
export function* addGroupMember({
  tenant,
  id,
  userId,
}: RowOf & { readonly userId: string }): Steps<null> {
  const both = yield* firstRow(sql`SELECT user_group.id FROM user_group
    JOIN membership ON membership.tenant_id = user_group.tenant_id
    WHERE user_group.tenant_id = ${tenant} AND user_group.id = ${id}
      AND membership.user_id = ${userId}`);
  if (both === undefined) throw new GatewayError('not_found');
  const there = yield* firstRow(sql`SELECT user_id FROM group_member
    WHERE tenant_id = ${tenant} AND group_id = ${id} AND user_id = ${userId}`);
  if (there !== undefined) return null;
  yield* countRows(
    sql`SELECT count(*) AS rows FROM group_member WHERE tenant_id = ${tenant} AND group_id = ${id}`,
    limits.usersPerGroupMax,
    'users in this group',
  );
  yield* change(sql`INSERT INTO group_member (tenant_id, group_id, user_id)
    VALUES (${tenant}, ${id}, ${userId})`);
  yield* bumpVersion('keys', tenant);
  return null;
}

/** Takes a user out of a group; false when it was not in it. */
export function* removeGroupMember({
  tenant,
  id,
  userId,
}: RowOf & { readonly userId: string }): Steps<boolean> {
  const removed = yield* change(sql`DELETE FROM group_member
    WHERE tenant_id = ${tenant} AND group_id = ${id} AND user_id = ${userId}`);
  if (removed === 0) return false;
  yield* bumpVersion('keys', tenant);
  return true;
}
