import type {
  Artifact,
  ArtifactStore,
  OAuthClient,
  OAuthClientStore,
} from '../../../identity/store.ts';
import type { Database } from '../database.ts';

/** A use is noted to the hour: most need no write. */
const NOTED_EVERY_MS = 3_600_000;

/** What the authorization server keeps between two steps. */
export function createArtifactStore({ query }: Database): ArtifactStore {
  const select = (kind: string, nowMs: number) =>
    query
      .selectFrom('oauth_artifact')
      .select(['kind', 'hash', 'grant_id as grantId', 'uid_hash as uidHash', 'sealed'])
      .select(['consumed_at_ms as consumedAtMs', 'created_at_ms as createdAtMs'])
      .select('expires_at_ms as expiresAtMs')
      .where('kind', '=', kind)
      .where('expires_at_ms', '>', nowMs);
  return {
    put: async (artifact) => {
      const row = toRow(artifact);
      await query
        .insertInto('oauth_artifact')
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(['kind', 'hash']).doUpdateSet({
            grant_id: row.grant_id,
            uid_hash: row.uid_hash,
            sealed: row.sealed,
            expires_at_ms: row.expires_at_ms,
          }),
        )
        .execute();
    },
    find: (kind, hash, nowMs) => select(kind, nowMs).where('hash', '=', hash).executeTakeFirst(),
    findByUid: (kind, uidHash, nowMs) =>
      select(kind, nowMs).where('uid_hash', '=', uidHash).executeTakeFirst(),
    consume: async (kind, hash, atMs) => {
      const [result] = await query
        .updateTable('oauth_artifact')
        .set({ consumed_at_ms: atMs })
        .where('kind', '=', kind)
        .where('hash', '=', hash)
        .where('consumed_at_ms', 'is', null)
        .execute();
      return (result?.numUpdatedRows ?? 0n) > 0n;
    },
    delete: async (kind, hash) => {
      await query
        .deleteFrom('oauth_artifact')
        .where('kind', '=', kind)
        .where('hash', '=', hash)
        .execute();
    },
    deleteOfGrant: async (kind, grantId) => {
      await query
        .deleteFrom('oauth_artifact')
        .where('kind', '=', kind)
        .where('grant_id', '=', grantId)
        .execute();
    },
  };
}

/** Clients that are registered here. */
export function createOAuthClientStore({ query, transact }: Database): OAuthClientStore {
  const select = () =>
    query
      .selectFrom('oauth_client')
      .select(['id', 'tenant_id as tenant', 'name', 'sealed', 'address_hash as addressHash'])
      .select(['created_at_ms as createdAtMs', 'used_at_ms as usedAtMs']);
  return {
    find: (id): Promise<OAuthClient | undefined> =>
      select().where('id', '=', id).executeTakeFirst(),
    register: (client, bounds) => transact('registerOAuthClient', { client, bounds }),
    insert: async (tenant, client, clientsMax) => {
      await transact('insertOAuthClient', { tenant, client, clientsMax });
    },
    list: (tenant) =>
      select().where('tenant_id', '=', tenant).orderBy('created_at_ms').orderBy('id').execute(),
    delete: async (tenant, id) => {
      const [result] = await query
        .deleteFrom('oauth_client')
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .execute();
      return (result?.numDeletedRows ?? 0n) > 0n;
    },
    noteUse: async (id, atMs) => {
      await query
        .updateTable('oauth_client')
        .set({ used_at_ms: atMs })
        .where('id', '=', id)
        .where((one) =>
          one.or([one('used_at_ms', 'is', null), one('used_at_ms', '<', atMs - NOTED_EVERY_MS)]),
        )
        .execute();
    },
    sweep: (sweep, fence) => transact('sweepOAuth', { sweep, fence }),
  };
}

function toRow(artifact: Artifact) {
  return {
    kind: artifact.kind,
    hash: artifact.hash,
    grant_id: artifact.grantId,
    uid_hash: artifact.uidHash,
    sealed: artifact.sealed,
    consumed_at_ms: artifact.consumedAtMs,
    created_at_ms: artifact.createdAtMs,
    expires_at_ms: artifact.expiresAtMs,
  };
}
