import type { VaultItem, VaultRow, WrappedDataKey } from '../../../identity/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql } from '../sql.ts';
import { allRows, change, type Steps } from '../transaction.ts';

/** Adds a tenant's data key; false when it has one of that number. */
export function* addVaultKey(key: WrappedDataKey): Steps<boolean> {
  const changes = yield* change(sql`INSERT INTO vault_key
      (tenant_id, number, wrapped, created_at_ms)
    VALUES (${key.tenant}, ${key.number}, ${key.wrapped}, ${key.createdAtMs})
    ON CONFLICT (tenant_id, number) DO NOTHING`);
  return changes > 0;
}

/** Wraps a data key anew; false when it is not wrapped as it was. */
export function* rewrapVaultKey({
  tenant,
  number,
  before,
  wrapped,
}: {
  readonly tenant: TenantId;
  readonly number: number;
  readonly before: string;
  readonly wrapped: string;
}): Steps<boolean> {
  const changes = yield* change(sql`UPDATE vault_key SET wrapped = ${wrapped}
    WHERE tenant_id = ${tenant} AND number = ${number} AND wrapped = ${before}`);
  return changes > 0;
}

/** Deletes keys below the number that were made before and seal no row; how many. */
export function* deleteUnusedVaultKeys({
  tenant,
  below,
  beforeMs,
}: {
  readonly tenant: TenantId;
  readonly below: number;
  readonly beforeMs: number;
}): Steps<number> {
  const old = yield* allRows<{ readonly number: number }>(sql`SELECT number FROM vault_key
    WHERE tenant_id = ${tenant} AND number < ${below} AND created_at_ms < ${beforeMs}
    ORDER BY number`);
  let deleted = 0;
  for (const { number } of old) {
    deleted += yield* change(sql`DELETE FROM vault_key
      WHERE tenant_id = ${tenant} AND number = ${number} AND NOT EXISTS (
        SELECT 1 FROM vault_item
        WHERE tenant_id = ${tenant} AND sealed LIKE ${`v1.${number}.%`})`);
  }
  return deleted;
}

/** Adds or replaces one item. */
export function* putVaultItem(item: VaultItem): Steps<null> {
  yield* change(sql`INSERT INTO vault_item (tenant_id, owner, service_id, name, sealed)
    VALUES (${item.tenant}, ${item.owner}, ${item.serviceId}, ${item.name}, ${item.sealed})
    ON CONFLICT (tenant_id, owner, service_id, name) DO UPDATE SET sealed = excluded.sealed`);
  return null;
}

/** Deletes one item; false when there is none. */
export function* deleteVaultItem({ tenant, owner, serviceId, name }: VaultRow): Steps<boolean> {
  const changes = yield* change(sql`DELETE FROM vault_item WHERE tenant_id = ${tenant}
    AND owner = ${owner} AND service_id = ${serviceId} AND name = ${name}`);
  return changes > 0;
}

/** Puts another sealed text in the place of one that is still there. */
export function* resealVaultItem({
  tenant,
  owner,
  serviceId,
  name,
  before,
  sealed,
}: VaultItem & { readonly before: string }): Steps<boolean> {
  const changes = yield* change(sql`UPDATE vault_item SET sealed = ${sealed}
    WHERE tenant_id = ${tenant} AND owner = ${owner} AND service_id = ${serviceId}
      AND name = ${name} AND sealed = ${before}`);
  return changes > 0;
}
