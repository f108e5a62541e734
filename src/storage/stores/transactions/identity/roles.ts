import type { Role, RoleUpdate } from '../../../../identity/store.ts';
import { checkVersion } from '../../../../kernel/check-version.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { toRole, type RoleRow } from '../../rows/identity-rows.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';
import { bumpVersion } from '../bump-version.ts';
import { countRows } from './count-rows.ts';

/** Adds a role to a tenant. */
export function* insertRole({
  tenant,
  role,
}: {
  readonly tenant: TenantId;
  readonly role: Role;
}): Steps<null> {
  yield* countRows(
    sql`SELECT count(*) AS rows FROM role WHERE tenant_id = ${tenant}`,
    limits.rolesPerTenantMax,
    'roles',
  );
  const { name, description, permissions, access, createdAtMs, version } = role;
  yield* change(sql`INSERT INTO role (tenant_id, name, description, permissions, access,
      created_at_ms, version)
    VALUES (${tenant}, ${name}, ${description}, ${JSON.stringify(permissions)},
      ${JSON.stringify(access)}, ${createdAtMs}, ${version})`);
  yield* bumpVersion('keys', tenant);
  return null;
}

/** Changes a role; what it is then, or undefined when there is none. */
export function* updateRole({
  tenant,
  name,
  update,
}: {
  readonly tenant: TenantId;
  readonly name: string;
  readonly update: RoleUpdate;
}): Steps<Role | undefined> {
  const row = yield* firstRow<RoleRow>(sql`SELECT tenant_id AS tenant, name, description,
      permissions, access, created_at_ms AS "createdAtMs", version
    FROM role WHERE tenant_id = ${tenant} AND name = ${name}`);
  if (row === undefined) return undefined;
  const { ifVersion, ...changed } = update;
  checkVersion(row.version, ifVersion);
  const before = toRole(row);
  const after = { ...before, ...changed, version: before.version + 1 };
  yield* change(sql`UPDATE role SET description = ${after.description},
      permissions = ${JSON.stringify(after.permissions)}, access = ${JSON.stringify(after.access)},
      version = ${after.version}
    WHERE tenant_id = ${tenant} AND name = ${name}`);
  yield* bumpVersion('keys', tenant);
  return after;
}

/** Removes a role; throws `conflict` while somebody has it. */
export function* removeRole({
  tenant,
  name,
  ifVersion,
}: {
  readonly tenant: TenantId;
  readonly name: string;
  readonly ifVersion: number | undefined;
}): Steps<boolean> {
  const stored = yield* firstRow<{ readonly version: number }>(sql`SELECT version FROM role
    WHERE tenant_id = ${tenant} AND name = ${name}`);
  if (stored === undefined) return false;
  checkVersion(stored.version, ifVersion);
  const part = `%${JSON.stringify(name)}%`;
  const held = yield* firstRow(sql`SELECT roles FROM membership
      WHERE tenant_id = ${tenant} AND roles LIKE ${part}
    UNION ALL SELECT roles FROM user_group WHERE tenant_id = ${tenant} AND roles LIKE ${part}
    UNION ALL SELECT roles FROM service_account WHERE tenant_id = ${tenant} AND roles LIKE ${part}
    LIMIT 1`);
  if (held !== undefined) {
    const text = 'A user, group or service account has this role; take it from them first.';
    throw new GatewayError('conflict', text);
  }
  yield* change(sql`DELETE FROM role WHERE tenant_id = ${tenant} AND name = ${name}`);
  yield* bumpVersion('keys', tenant);
  return true;
}
