import type { OAuthClient, OAuthSweep, RegistrationBounds } from '../../../identity/store.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import type { Fence } from '../../../kernel/fence.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql } from '../sql.ts';
import { allRows, change, firstRow, type Steps } from '../transaction.ts';
import { bumpVersion } from './bump-version.ts';
import { holdsFence } from './leases.ts';

/** Adds a client that registers itself; false when there is no room for it. */
export function* registerOAuthClient({
  client,
  bounds: { clientsMax, unusedPerAddressMax },
}: {
  readonly client: OAuthClient;
  readonly bounds: RegistrationBounds;
}): Steps<boolean> {
  const known = yield* firstRow(sql`SELECT id FROM oauth_client WHERE id = ${client.id}`);
  if (known !== undefined) return true;
  const unused = yield* count(sql`SELECT count(*) AS count FROM oauth_client
    WHERE tenant_id IS NULL AND used_at_ms IS NULL AND address_hash = ${client.addressHash}`);
  if (unused >= unusedPerAddressMax) return false;
  const all = yield* count(sql`SELECT count(*) AS count FROM oauth_client
    WHERE tenant_id IS NULL`);
  if (all >= clientsMax) {
    const removed = yield* change(sql`DELETE FROM oauth_client WHERE id IN (
      SELECT id FROM oauth_client WHERE tenant_id IS NULL AND used_at_ms IS NULL
      ORDER BY created_at_ms, id LIMIT 1)`);
    if (removed === 0) return false;
  }
  yield* insertClient(client);
  return true;
}

/** Adds a client of a tenant; throws `conflict` when it has as many as it may. */
export function* insertOAuthClient({
  tenant,
  client,
  clientsMax,
}: {
  readonly tenant: TenantId;
  readonly client: OAuthClient;
  readonly clientsMax: number;
}): Steps<null> {
  const held = yield* count(sql`SELECT count(*) AS count FROM oauth_client
    WHERE tenant_id = ${tenant}`);
  if (held >= clientsMax) {
    const text = `A tenant may have at most ${clientsMax} OAuth clients; delete one first.`;
    throw new GatewayError('conflict', text);
  }
  yield* insertClient({ ...client, tenant });
  return null;
}

/** Deletes artifacts and self-registered clients that have had their time. */
export function* sweepOAuth({
  sweep: { nowMs, unusedBeforeMs, usedBeforeMs },
  fence,
}: {
  readonly sweep: OAuthSweep;
  readonly fence: Fence;
}): Steps<boolean> {
  const artifact = yield* firstRow(sql`SELECT hash FROM oauth_artifact
    WHERE expires_at_ms <= ${nowMs} LIMIT 1`);
  const client = yield* firstRow(sql`SELECT id FROM oauth_client
    WHERE tenant_id IS NULL AND ((used_at_ms IS NULL AND created_at_ms <= ${unusedBeforeMs})
      OR used_at_ms <= ${usedBeforeMs}) LIMIT 1`);
  // The fence is a write: a quiet disk is left alone.
  if (artifact === undefined && client === undefined) return true;
  if (!(yield* holdsFence(fence))) return false;
  yield* change(sql`DELETE FROM oauth_artifact WHERE expires_at_ms <= ${nowMs}`);
  yield* change(sql`DELETE FROM oauth_client
    WHERE tenant_id IS NULL AND ((used_at_ms IS NULL AND created_at_ms <= ${unusedBeforeMs})
      OR used_at_ms <= ${usedBeforeMs})`);
  return true;
}

function* count(statement: ReturnType<typeof sql>): Steps<number> {
  const row = yield* firstRow<{ readonly count: number | bigint }>(statement);
  return Number(row?.count ?? 0);
}

/** Two instances may register the same client at once; it is the same then. */
function* insertClient(client: OAuthClient): Steps<number> {
  return yield* change(sql`INSERT INTO oauth_client
      (id, tenant_id, name, sealed, address_hash, created_at_ms, used_at_ms)
    VALUES (${client.id}, ${client.tenant}, ${client.name}, ${client.sealed},
      ${client.addressHash}, ${client.createdAtMs}, ${client.usedAtMs})
    ON CONFLICT (id) DO NOTHING`);
}

/** Ends what was granted to a client in a tenant; the ids of those grants. */
export function* revokeGrantsOfClient({
  tenant,
  clientId,
  atMs,
}: {
  readonly tenant: TenantId;
  readonly clientId: string;
  readonly atMs: number;
}): Steps<readonly string[]> {
  const grants = yield* allRows<{ readonly id: string }>(sql`SELECT id FROM access_grant
    WHERE tenant_id = ${tenant} AND client_id = ${clientId} AND revoked_at_ms IS NULL
    ORDER BY id`);
  if (grants.length === 0) return [];
  yield* change(sql`UPDATE access_grant SET revoked_at_ms = ${atMs}
    WHERE tenant_id = ${tenant} AND client_id = ${clientId} AND revoked_at_ms IS NULL`);
  yield* bumpVersion('keys', tenant);
  return grants.map(({ id }) => id);
}
