import type { Connection, RefreshClaim } from '../../../identity/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql } from '../sql.ts';
import { change, firstRow, type Steps } from '../transaction.ts';
import { bumpVersion } from './bump-version.ts';
import { putVaultItem } from './vault-items.ts';

/** The name of the vault item that holds a connection's tokens. */
const TOKENS = 'tokens';

function* putTokens({ tenant, userId, serviceId }: Connection, sealed: string): Steps<null> {
  return yield* putVaultItem({ tenant, owner: userId, serviceId, name: TOKENS, sealed });
}

/** Stores a connection in the place of its user's earlier one with the service. */
export function* putConnection({
  connection: one,
  sealed,
}: {
  readonly connection: Connection;
  readonly sealed: string;
}): Steps<null> {
  yield* change(sql`INSERT INTO connection (tenant_id, id, user_id, service_id, issuer, resource,
      scopes, status, expires_at_ms, created_at_ms, updated_at_ms, version)
    VALUES (${one.tenant}, ${one.id}, ${one.userId}, ${one.serviceId}, ${one.issuer},
      ${one.resource}, ${JSON.stringify(one.scopes)}, ${one.status}, ${one.expiresAtMs},
      ${one.createdAtMs}, ${one.updatedAtMs}, ${one.version})
    ON CONFLICT (tenant_id, user_id, service_id) DO UPDATE SET id = excluded.id,
      issuer = excluded.issuer, created_at_ms = excluded.created_at_ms,
      resource = excluded.resource, scopes = excluded.scopes, status = excluded.status,
      expires_at_ms = excluded.expires_at_ms, updated_at_ms = excluded.updated_at_ms,
      version = connection.version + 1, refreshed_by = NULL, refresh_until_ms = NULL`);
  yield* putTokens(one, sealed);
  yield* bumpVersion('connections', one.tenant);
  return null;
}

/** Renews the tokens of this very version; false when it is another by now. */
export function* renewConnection({
  connection: one,
  sealed,
}: {
  readonly connection: Connection;
  readonly sealed: string;
}): Steps<boolean> {
  const changes = yield* change(sql`UPDATE connection SET scopes = ${JSON.stringify(one.scopes)},
      status = 'active', expires_at_ms = ${one.expiresAtMs}, updated_at_ms = ${one.updatedAtMs},
      version = version + 1, refreshed_by = NULL, refresh_until_ms = NULL
    WHERE tenant_id = ${one.tenant} AND id = ${one.id} AND version = ${one.version}`);
  if (changes === 0) return false;
  yield* putTokens(one, sealed);
  yield* bumpVersion('connections', one.tenant);
  return true;
}

/** Marks this very version as one that cannot be renewed. */
export function* expireConnection({
  connection: { tenant, id, version },
  atMs,
}: {
  readonly connection: Connection;
  readonly atMs: number;
}): Steps<boolean> {
  const changes = yield* change(sql`UPDATE connection SET status = 'expired',
      updated_at_ms = ${atMs}, version = version + 1, refreshed_by = NULL, refresh_until_ms = NULL
    WHERE tenant_id = ${tenant} AND id = ${id} AND version = ${version}`);
  if (changes > 0) yield* bumpVersion('connections', tenant);
  return changes > 0;
}

/** Forgets a connection and its tokens; false when there is none. */
export function* removeConnection({
  tenant,
  id,
}: {
  readonly tenant: TenantId;
  readonly id: string;
}): Steps<boolean> {
  const row = yield* firstRow<{ readonly user: string; readonly service: string }>(
    sql`SELECT user_id AS "user", service_id AS service FROM connection
      WHERE tenant_id = ${tenant} AND id = ${id}`,
  );
  if (row === undefined) return false;
  yield* change(sql`DELETE FROM vault_item WHERE tenant_id = ${tenant}
    AND owner = ${row.user} AND service_id = ${row.service}`);
  yield* change(sql`DELETE FROM connection WHERE tenant_id = ${tenant} AND id = ${id}`);
  yield* bumpVersion('connections', tenant);
  return true;
}

/** Locks a row for renewing it, unless another holds it or it is of another version by now. */
export function* claimRefresh({
  connection: { tenant, id, version },
  holder,
  lifeMs,
}: {
  readonly connection: Connection;
  readonly holder: string;
  readonly lifeMs: number;
}): Steps<RefreshClaim> {
  const changes = yield* change(sql`UPDATE connection SET refreshed_by = ${holder},
      refresh_until_ms = (SELECT now_ms FROM database_clock) + ${lifeMs}
    WHERE tenant_id = ${tenant} AND id = ${id} AND version = ${version}
      AND (refresh_until_ms IS NULL
        OR refresh_until_ms <= (SELECT now_ms FROM database_clock))`);
  if (changes > 0) return 'claimed';
  const row = yield* firstRow<{ readonly version: number }>(sql`SELECT version FROM connection
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  return row?.version === version ? 'busy' : 'changed';
}

/** Gives a row back that was not renewed. */
export function* releaseRefresh({
  connection: { tenant, id },
  holder,
}: {
  readonly connection: Connection;
  readonly holder: string;
}): Steps<null> {
  yield* change(sql`UPDATE connection SET refreshed_by = NULL, refresh_until_ms = NULL
    WHERE tenant_id = ${tenant} AND id = ${id} AND refreshed_by = ${holder}`);
  return null;
}
