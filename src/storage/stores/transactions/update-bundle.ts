import type { Bundle, BundleUpdate } from '../../../catalog/store.ts';
import { checkVersion } from '../../../kernel/check-version.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql } from '../sql.ts';
import { toBundle, type BundleRow } from '../rows/stored-rows.ts';
import { change, firstRow, type Steps } from '../transaction.ts';
import { bumpVersion } from './bump-version.ts';

/** Changes a bundle; what it is then, or undefined when there is none. */
export function* updateBundle({
  tenant,
  id,
  update,
}: {
  readonly tenant: TenantId;
  readonly id: string;
  readonly update: BundleUpdate;
}): Steps<Bundle | undefined> {
  const row = yield* firstRow<BundleRow>(sql`SELECT id, tenant_id AS tenant, slug, title,
      description, items, created_at_ms AS "createdAtMs", updated_at_ms AS "updatedAtMs", version
    FROM bundle WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (row === undefined) return undefined;
  checkVersion(row.version, update.ifVersion);
  const before = toBundle(row);
  const { title = before.title, description = before.description, items = before.items } = update;
  const { updatedAtMs } = update;
  const after = { ...before, title, description, items, updatedAtMs, version: before.version + 1 };
  yield* change(sql`UPDATE bundle SET title = ${title}, description = ${description},
      items = ${JSON.stringify(items)}, updated_at_ms = ${updatedAtMs}, version = ${after.version}
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  yield* bumpVersion('bundles', tenant);
  return after;
}
