import { checkVersion } from '../../../kernel/check-version.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql } from '../sql.ts';
import { change, firstRow, type Steps } from '../transaction.ts';
import { bumpVersion } from './bump-version.ts';

/** Removes a service with its secrets, connections and aliases; false when there is none. */
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
  yield* change(sql`DELETE FROM vault_item WHERE tenant_id = ${tenant} AND service_id = ${id}`);
  yield* change(sql`DELETE FROM connect_state WHERE tenant_id = ${tenant} AND service_id = ${id}`);
  const connections = yield* change(sql`DELETE FROM connection
    WHERE tenant_id = ${tenant} AND service_id = ${id}`);
  if (connections > 0) yield* bumpVersion('connections', tenant);
  yield* change(sql`DELETE FROM tool_use WHERE tenant_id = ${tenant} AND service_id = ${id}`);
  yield* change(sql`DELETE FROM service WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (stored === undefined) return false;
  yield* bumpVersion('services', tenant);
  return true;
}
