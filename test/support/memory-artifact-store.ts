import type { Artifact, ArtifactStore } from '../../src/chat/conversations/artifact-store.ts';

/** Files of conversations in memory; `kept` has all of them, the oldest first. */
export function memoryArtifactStore(): ArtifactStore & { readonly kept: Artifact[] } {
  const kept: Artifact[] = [];
  return {
    kept,
    put: ({ conversationId }, { bytes, mediaType, name = null }) => {
      const id = `art_${kept.length + 1}`;
      const facts = { id, conversationId, hash: id, size: bytes.length, createdAtMs: 0 };
      kept.push({ ...facts, mediaType, name, bytes });
      return Promise.resolve(id);
    },
    get: ({ conversationId }, id) =>
      Promise.resolve(kept.find((one) => one.id === id && one.conversationId === conversationId)),
  };
}
