import { GatewayError } from '../../../../kernel/errors.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql } from '../../sql.ts';
import { firstRow, type Steps } from '../../transaction.ts';

/** Throws `conflict` when nobody is left who may act as an owner of the tenant. */
export function* keepOwner(tenant: TenantId): Steps<null> {
  const owner = yield* firstRow(sql`SELECT membership.user_id FROM membership
    JOIN account ON account.id = membership.user_id
    WHERE membership.tenant_id = ${tenant} AND membership.status = 'active'
      AND account.status = 'active' AND membership.roles LIKE '%"owner"%' LIMIT 1`);
  if (owner !== undefined) return null;
  const text = 'A tenant keeps at least one active owner; make another user an owner first.';
  throw new GatewayError('conflict', text);
}
