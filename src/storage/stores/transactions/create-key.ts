import type { ApiKey } from '../../../identity/store.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql } from '../sql.ts';
import { change, firstRow, type Steps } from '../transaction.ts';
import { bumpVersion } from './bump-version.ts';

/** Adds a key to a user; throws `not_found` when the tenant has no such user. */
export function* createKey({
  tenant,
  key,
}: {
  readonly tenant: TenantId;
  readonly key: ApiKey;
}): Steps<null> {
  const user = yield* firstRow(sql`SELECT id FROM account_user
    WHERE tenant_id = ${tenant} AND id = ${key.userId}`);
  if (user === undefined) throw new GatewayError('not_found', 'There is no such user.');
  yield* insertKey(tenant, key);
  yield* bumpVersion('keys', tenant);
  return null;
}

/** Inserts a key. */
export function* insertKey(tenant: TenantId, key: ApiKey): Steps<number> {
  return yield* change(sql`INSERT INTO api_key (tenant_id, id, user_id, name, prefix, hash,
      created_at_ms, expires_at_ms, scopes, access, revoked_at_ms)
    VALUES (${tenant}, ${key.id}, ${key.userId}, ${key.name}, ${key.prefix}, ${key.hash},
      ${key.createdAtMs}, ${key.expiresAtMs},
      ${key.scopes === null ? null : JSON.stringify(key.scopes)}, ${JSON.stringify(key.access)},
      ${key.revokedAtMs})`);
}
