import { hash } from 'node:crypto';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Seal } from '../../../kernel/seal.ts';
import type { Artifact, ArtifactStore } from '../store.ts';

/** What adapters of artifacts need. */
export interface ArtifactAdapterOptions {
  readonly store: ArtifactStore;
  readonly seal: Seal;
  readonly now: () => number;
  /** The error for something that is good once and is used a second time at the same moment. */
  usedTwice(): Error;
}

/**
 * Keeps one kind of the provider's models in the database. Their ids are secrets of whoever carries
 * them and are stored as hashes; the rest is sealed and bound to its row.
 */
export function createArtifactAdapter(kind: string, options: ArtifactAdapterOptions): Adapter {
  const { store, seal, now } = options;
  const open = (artifact: Artifact | undefined): AdapterPayload | undefined => {
    if (artifact === undefined) return undefined;
    const text = seal.open(artifact.sealed, `${kind} ${artifact.hash}`);
    if (text === undefined) return undefined;
    const payload = JSON.parse(text) as AdapterPayload;
    const { consumedAtMs } = artifact;
    return consumedAtMs === null ? payload : { ...payload, consumed: toSeconds(consumedAtMs) };
  };
  return {
    upsert: async (id, payload, expiresIn = 0) => {
      const idHash = hashOf(id);
      const nowMs = now();
      const { grantId, uid } = payload;
      await store.put({
        kind,
        hash: idHash,
        grantId: typeof grantId === 'string' ? grantId : null,
        uidHash: typeof uid === 'string' ? hashOf(uid) : null,
        sealed: seal.seal(JSON.stringify(payload), `${kind} ${idHash}`),
        consumedAtMs: null,
        createdAtMs: nowMs,
        expiresAtMs: nowMs + expiresIn * 1_000,
      });
    },
    find: async (id) => open(await store.find(kind, hashOf(id), now())),
    findByUid: async (uid) => open(await store.findByUid(kind, hashOf(uid), now())),
    // Codes that people type belong to a flow that is not offered.
    findByUserCode: () => Promise.resolve(undefined),
    consume: async (id) => {
      // Whoever comes later finds it used up; that ends the grant.
      if (!(await store.consume(kind, hashOf(id), now()))) throw options.usedTwice();
    },
    destroy: (id) => store.delete(kind, hashOf(id)),
    revokeByGrantId: (grantId) => store.deleteOfGrant(kind, grantId),
  };
}

function hashOf(id: string): string {
  return hash('sha256', id, 'hex');
}

function toSeconds(epochMs: number): number {
  return Math.floor(epochMs / 1_000);
}
