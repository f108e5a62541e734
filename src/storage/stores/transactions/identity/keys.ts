import type { KeySecret, KeySubject, KeyUse, NewKey } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';
import { bumpVersion } from '../bump-version.ts';
import { countRows } from './count-rows.ts';

/** Adds a key to a user or service account; `not_found` without it, `conflict` when it has many. */
export function* createKey({
  tenant,
  created,
}: {
  readonly tenant: TenantId;
  readonly created: NewKey;
}): Steps<null> {
  const { subject, createdAtMs } = created.key;
  const holder = yield* firstRow(
    subject.kind === 'user'
      ? sql`SELECT user_id FROM membership WHERE tenant_id = ${tenant} AND user_id = ${subject.id}`
      : sql`SELECT id FROM service_account WHERE tenant_id = ${tenant} AND id = ${subject.id}`,
  );
  if (holder === undefined) {
    throw new GatewayError('not_found', 'There is no such user or service account.');
  }
  yield* countRows(
    sql`SELECT count(*) AS rows FROM api_key
      WHERE tenant_id = ${tenant} AND subject_id = ${subject.id} AND revoked_at_ms IS NULL
        AND (expires_at_ms IS NULL OR expires_at_ms > ${createdAtMs})`,
    limits.keysPerUserMax,
    'keys of this holder',
  );
  yield* insertKey(tenant, created);
  yield* bumpVersion('keys', tenant);
  return null;
}

/** Inserts a key with its secret. */
export function* insertKey(tenant: TenantId, { key, secret }: NewKey): Steps<number> {
  const { subject, scopes } = key;
  yield* change(sql`INSERT INTO api_key (tenant_id, id, subject_kind, subject_id, name, env, prefix,
      created_at_ms, expires_at_ms, last_used_at_ms, scopes, access, revoked_at_ms)
    VALUES (${tenant}, ${key.id}, ${subject.kind}, ${subject.id}, ${key.name}, ${key.env},
      ${key.prefix}, ${key.createdAtMs}, ${key.expiresAtMs}, ${key.lastUsedAtMs},
      ${scopes === null ? null : JSON.stringify(scopes)}, ${JSON.stringify(key.access)},
      ${key.revokedAtMs})`);
  return yield* insertSecret(tenant, key.id, secret);
}

function* insertSecret(tenant: TenantId, keyId: string, secret: KeySecret): Steps<number> {
  const { hash, createdAtMs, expiresAtMs } = secret;
  return yield* change(sql`INSERT INTO api_key_secret (hash, tenant_id, key_id, created_at_ms,
      expires_at_ms)
    VALUES (${hash}, ${tenant}, ${keyId}, ${createdAtMs}, ${expiresAtMs})`);
}

/** Gives a key a new secret and the one it had an end; see `ApiKeyStore.rotate`. */
export function* rotateKey({
  tenant,
  keyId,
  secret,
  endMs,
}: {
  readonly tenant: TenantId;
  readonly keyId: string;
  readonly secret: KeySecret;
  readonly endMs: number;
}): Steps<boolean> {
  const atMs = secret.createdAtMs;
  const key = yield* firstRow(sql`SELECT id FROM api_key
    WHERE tenant_id = ${tenant} AND id = ${keyId} AND revoked_at_ms IS NULL
      AND (expires_at_ms IS NULL OR expires_at_ms > ${atMs})`);
  if (key === undefined) return false;
  yield* change(sql`DELETE FROM api_key_secret
    WHERE tenant_id = ${tenant} AND key_id = ${keyId} AND expires_at_ms <= ${atMs}`);
  const living = yield* firstRow<{ readonly rows: number }>(sql`SELECT count(*) AS rows
    FROM api_key_secret WHERE tenant_id = ${tenant} AND key_id = ${keyId}`);
  if ((living?.rows ?? 0) >= 2) {
    const text = 'Two texts of this key are good already; wait until the older one has ended.';
    throw new GatewayError('conflict', text);
  }
  if (endMs <= atMs) {
    yield* change(sql`DELETE FROM api_key_secret
      WHERE tenant_id = ${tenant} AND key_id = ${keyId}`);
  } else {
    yield* change(sql`UPDATE api_key_secret SET expires_at_ms = ${endMs}
      WHERE tenant_id = ${tenant} AND key_id = ${keyId} AND expires_at_ms IS NULL`);
  }
  yield* insertSecret(tenant, keyId, secret);
  yield* bumpVersion('keys', tenant);
  return true;
}

/** Marks a key revoked, for good; false when the tenant has no such key. */
export function* revokeKey({
  tenant,
  keyId,
  revokedAtMs,
}: {
  readonly tenant: TenantId;
  readonly keyId: string;
  readonly revokedAtMs: number;
}): Steps<boolean> {
  // A key that was revoked before keeps its first moment.
  const changes = yield* change(sql`UPDATE api_key
    SET revoked_at_ms = coalesce(revoked_at_ms, ${revokedAtMs})
    WHERE tenant_id = ${tenant} AND id = ${keyId}`);
  if (changes === 0) return false;
  yield* bumpVersion('keys', tenant);
  return true;
}

/** Revokes every key of a user or service account. */
export function* endKeys(tenant: TenantId, subject: KeySubject, atMs: number): Steps<number> {
  return yield* change(sql`UPDATE api_key SET revoked_at_ms = coalesce(revoked_at_ms, ${atMs})
    WHERE tenant_id = ${tenant} AND subject_id = ${subject.id}
      AND subject_kind = ${subject.kind}`);
}

/** Notes when keys were used; nobody keeps a copy of that, so it counts as no change. */
export function* noteKeyUse({ uses }: { readonly uses: readonly KeyUse[] }): Steps<null> {
  // In one order everywhere, so that instances that note at once do not wait for each other.
  const sorted = uses.toSorted((one, other) => (one.keyId < other.keyId ? -1 : 1));
  for (const { tenant, keyId, atMs } of sorted) {
    yield* change(sql`UPDATE api_key SET last_used_at_ms = ${atMs}
      WHERE tenant_id = ${tenant} AND id = ${keyId}
        AND (last_used_at_ms IS NULL OR last_used_at_ms < ${atMs})`);
  }
  return null;
}
