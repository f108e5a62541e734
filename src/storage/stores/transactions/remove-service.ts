import { checkVersion } from '../../../kernel/check-version.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql } from '../sql.ts';
import { change, firstRow, type Steps } from '../transaction.ts';
import { bumpVersion } from './bump-version.ts';

/** Removes a service with its secrets and aliases; false when there is no such service. */
export function* removeService({
  tenant,
  id,
  ifVersion,
}: {
  readonly tenant: TenantId;
  readonly id: string;
  readonly ifVersion: number | undefined;
}): Steps<boolean> {
  const stored = yield* firstRow<{ readonly version: number }>(sql`SELECT version FROM service
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (stored !== undefined) checkVersion(stored.version, ifVersion);
  yield* change(sql`DELETE FROM service_secret WHERE tenant_id = ${tenant} AND service_id = ${id}`);
  yield* change(sql`DELETE FROM service WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (stored === undefined) return false;
  yield* bumpVersion('services', tenant);
  return true;
}
