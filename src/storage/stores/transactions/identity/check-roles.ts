import { GatewayError } from '../../../../kernel/errors.ts';
import { builtInRoles } from '../../../../kernel/permissions.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql } from '../../sql.ts';
import { allRows, type Steps } from '../../transaction.ts';

/** Throws `invalid_params` for a role that the tenant does not have. */
export function* checkRoles(tenant: TenantId, roles: readonly string[]): Steps<null> {
  const own = roles.filter((name) => !builtInRoles.some((one) => one === name));
  if (own.length === 0) return null;
  const rows = yield* allRows<{ readonly name: string }>(sql`SELECT name FROM role
    WHERE tenant_id = ${tenant}`);
  const known = new Set(rows.map(({ name }) => name));
  const missing = own.find((name) => !known.has(name));
  if (missing === undefined) return null;
  const text = `There is no role called ${missing}; make it first, or give another one.`;
  throw new GatewayError('invalid_params', text);
}
