import { checkVersion } from '../../../kernel/check-version.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql } from '../sql.ts';
import { change, firstRow, type Steps } from '../transaction.ts';
import { bumpVersion } from './bump-version.ts';

/** Removes a bundle; false when there is no such bundle. */
export function* removeBundle({
  tenant,
  id,
  ifVersion,
}: {
  readonly tenant: TenantId;
  readonly id: string;
  readonly ifVersion: number | undefined;
}): Steps<boolean> {
  const stored = yield* firstRow<{ readonly version: number }>(sql`SELECT version FROM bundle
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (stored === undefined) return false;
  checkVersion(stored.version, ifVersion);
  yield* change(sql`DELETE FROM bundle WHERE tenant_id = ${tenant} AND id = ${id}`);
  yield* bumpVersion('bundles', tenant);
  return true;
}
