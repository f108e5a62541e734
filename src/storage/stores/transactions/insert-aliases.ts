import type { Alias } from '../../../catalog/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql, tuples } from '../sql.ts';
import { change, type Steps } from '../transaction.ts';

/** Rows of one statement: 500 values, far below what either engine takes. */
const ROWS_TOGETHER = 100;

/** Adds public names, all or none; one that its tool or prompt has already is left alone. */
export function* insertAliases({
  tenant,
  aliases,
}: {
  readonly tenant: TenantId;
  readonly aliases: readonly Alias[];
}): Steps<null> {
  for (let at = 0; at < aliases.length; at += ROWS_TOGETHER) {
    const rows = aliases
      .slice(at, at + ROWS_TOGETHER)
      .map(({ serviceId, kind, name, publicName }) => [tenant, kind, publicName, serviceId, name]);
    yield* change(sql`INSERT INTO service_alias (tenant_id, kind, public_name, service_id, name)
      VALUES ${tuples(rows)} ON CONFLICT (tenant_id, service_id, kind, name) DO NOTHING`);
  }
  return null;
}
