import type { FirstUser, Tenant } from '../../../identity/store.ts';
import { sql } from '../sql.ts';
import { change, type Steps } from '../transaction.ts';
import { insertKey } from './create-key.ts';

/** Creates a tenant, with its first user and that user's key when they are given. */
export function* createTenant({
  tenant,
  first,
}: {
  readonly tenant: Tenant;
  readonly first: FirstUser | null;
}): Steps<null> {
  yield* change(sql`INSERT INTO tenant (id, name, created_at_ms)
    VALUES (${tenant.id}, ${tenant.name}, ${tenant.createdAtMs})`);
  if (first === null) return null;
  const { user, key } = first;
  yield* change(sql`INSERT INTO account_user
    (tenant_id, id, name, role, password_hash, created_at_ms)
    VALUES (${tenant.id}, ${user.id}, ${user.name}, ${user.role}, ${user.passwordHash},
      ${user.createdAtMs})`);
  yield* insertKey(tenant.id, key);
  return null;
}
