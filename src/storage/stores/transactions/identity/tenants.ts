import type { NewTenant, Tenant, TenantUpdate } from '../../../../identity/store.ts';
import { checkVersion } from '../../../../kernel/check-version.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { toTenant, type TenantRow } from '../../rows/identity-rows.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';
import { bumpVersion } from '../bump-version.ts';
import { insertAccount } from './accounts.ts';
import { countRows } from './count-rows.ts';
import { insertKey } from './keys.ts';
import { insertMembership } from './members.ts';

/** Creates a tenant with its first owner, and a key of theirs when one is given. */
export function* createTenant({ tenant, membership, account, key }: NewTenant): Steps<null> {
  const counting = sql`SELECT count(*) AS rows FROM tenant`;
  yield* countRows(counting, limits.tenantsMax, 'tenants');
  const other = yield* firstRow(sql`SELECT id FROM tenant LIMIT 1`);
  yield* change(sql`INSERT INTO tenant (id, name, status, settings, created_at_ms, version,
      is_operator)
    VALUES (${tenant.id}, ${tenant.name}, ${tenant.status}, ${JSON.stringify(tenant.settings)},
      ${tenant.createdAtMs}, ${tenant.version}, ${other === undefined ? 1 : 0})`);
  if (account !== undefined) yield* insertAccount(account);
  yield* insertMembership({ ...membership, tenant: tenant.id });
  if (key !== undefined) yield* insertKey(tenant.id, key);
  return null;
}

/** Changes a tenant; a suspension counts as a change of its keys. */
export function* updateTenant({
  tenant,
  update,
}: {
  readonly tenant: TenantId;
  readonly update: TenantUpdate;
}): Steps<Tenant | undefined> {
  const row = yield* firstRow<TenantRow>(sql`SELECT id, name, status, settings,
      created_at_ms AS "createdAtMs", version
    FROM tenant WHERE id = ${tenant}`);
  if (row === undefined) return undefined;
  const { ifVersion, ...changed } = update;
  checkVersion(row.version, ifVersion);
  const before = toTenant(row);
  const after = { ...before, ...changed, version: before.version + 1 };
  yield* change(sql`UPDATE tenant SET name = ${after.name}, status = ${after.status},
      settings = ${JSON.stringify(after.settings)}, version = ${after.version}
    WHERE id = ${tenant}`);
  yield* bumpVersion('keys', tenant);
  return after;
}
