import type { ServiceAccount, ServiceAccountUpdate } from '../../../../identity/store.ts';
import { checkVersion } from '../../../../kernel/check-version.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { withRoles, type RowOf, type ServiceAccountRow } from '../../rows/identity-rows.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';
import { bumpVersion } from '../bump-version.ts';
import { checkRoles } from './check-roles.ts';
import { countRows } from './count-rows.ts';
import { endKeys } from './keys.ts';

/** Adds a service account to a tenant. */
export function* insertServiceAccount({
  tenant,
  serviceAccount,
}: {
  readonly tenant: TenantId;
  readonly serviceAccount: ServiceAccount;
}): Steps<null> {
  yield* countRows(
    sql`SELECT count(*) AS rows FROM service_account WHERE tenant_id = ${tenant}`,
    limits.serviceAccountsPerTenantMax,
    'service accounts',
  );
  const { id, name, description, roles, status, createdAtMs, version } = serviceAccount;
  yield* checkRoles(tenant, roles);
  yield* change(sql`INSERT INTO service_account (tenant_id, id, name, description, roles, status,
      created_at_ms, version)
    VALUES (${tenant}, ${id}, ${name}, ${description}, ${JSON.stringify(roles)}, ${status},
      ${createdAtMs}, ${version})`);
  return null;
}

/** Changes a service account; what it is then, or undefined when there is none. */
export function* updateServiceAccount({
  tenant,
  id,
  update,
}: RowOf & { readonly update: ServiceAccountUpdate }): Steps<ServiceAccount | undefined> {
  const row = yield* firstRow<ServiceAccountRow>(sql`SELECT tenant_id AS tenant, id, name,
      description, roles, status, created_at_ms AS "createdAtMs", version
    FROM service_account WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (row === undefined) return undefined;
  const { ifVersion, ...changed } = update;
  checkVersion(row.version, ifVersion);
  if (update.roles !== undefined) yield* checkRoles(tenant, update.roles);
  const before = withRoles(row);
  const after = { ...before, ...changed, version: before.version + 1 };
  yield* change(sql`UPDATE service_account SET name = ${after.name},
      description = ${after.description}, roles = ${JSON.stringify(after.roles)},
      status = ${after.status}, version = ${after.version}
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  yield* bumpVersion('keys', tenant);
  return after;
}

/** Removes a service account and ends its keys; false when there is none. */
export function* removeServiceAccount({
  tenant,
  id,
  atMs,
  ifVersion,
}: RowOf & { readonly atMs: number; readonly ifVersion: number | undefined }): Steps<boolean> {
  const stored = yield* firstRow<{ readonly version: number }>(sql`SELECT version
    FROM service_account WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (stored === undefined) return false;
  checkVersion(stored.version, ifVersion);
  yield* change(sql`DELETE FROM service_account WHERE tenant_id = ${tenant} AND id = ${id}`);
  yield* endKeys(tenant, { kind: 'service_account', id }, atMs);
  yield* bumpVersion('keys', tenant);
  return true;
}
