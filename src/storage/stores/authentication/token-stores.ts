import type { RefreshTokenStore, SigningKeyStore } from '../../../identity/store.ts';
import type { Database } from '../database.ts';

/** Refresh tokens. */
export function createRefreshTokenStore({ query, transact }: Database): RefreshTokenStore {
  return {
    insert: async (tenant, { hash, grantId, createdAtMs, expiresAtMs }) => {
      await query
        .insertInto('refresh_token')
        .values({
          hash,
          tenant_id: tenant,
          grant_id: grantId,
          created_at_ms: createdAtMs,
          expires_at_ms: expiresAtMs,
          used_at_ms: null,
          successor_sealed: null,
        })
        .execute();
    },
    find: (hash) =>
      query
        .selectFrom('refresh_token')
        .select(['tenant_id as tenant', 'grant_id as grantId'])
        .where('hash', '=', hash)
        .executeTakeFirst(),
    rotate: (hash, successor, nowMs) => transact('rotateRefreshToken', { hash, successor, nowMs }),
  };
}

/** The keys that access tokens are signed with. */
export function createSigningKeyStore({ query, transact }: Database): SigningKeyStore {
  return {
    list: () =>
      query
        .selectFrom('signing_key')
        .select(['id', 'algorithm', 'public_jwk as publicJwk'])
        .select(['private_jwk_sealed as privateJwkSealed', 'created_at_ms as createdAtMs'])
        .select('retires_at_ms as retiresAtMs')
        .orderBy('created_at_ms', 'desc')
        .orderBy('id', 'desc')
        .execute(),
    replace: (key, sinceMs, retiresAtMs) =>
      transact('replaceSigningKey', { key, sinceMs, retiresAtMs }),
  };
}
