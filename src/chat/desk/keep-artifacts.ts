import type { IdSource } from '../../kernel/ids.ts';
import type { ArtifactRows } from '../store.ts';
import type { ArtifactStore } from '../conversations/artifact-store.ts';
import { hashFile } from '../conversations/check-file.ts';

/** Files of conversations, on the store. */
export function keepArtifacts(
  rows: ArtifactRows,
  ids: Pick<IdSource, 'next'>,
  now: () => number,
): ArtifactStore {
  return {
    put: async (place, artifact) => {
      const file = hashFile(ids.next('art'), artifact);
      await rows.insert(place, file, now());
      return file.id;
    },
    get: async ({ tenant, conversationId }, id) => {
      const found = await rows.get(tenant, id);
      return found?.conversationId === conversationId ? found : undefined;
    },
  };
}
