import { openKeyRing } from '../../identity/key-ring/open-key-ring.ts';
import { silentLog } from '../../kernel/log.ts';
import type { SealKey } from '../../kernel/seal.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Config } from '../config/config-schema.ts';
import { openStorage } from '../open-storage.ts';

/** Works on the storage of a configuration and the key ring that it was made with. */
export async function withStorage<Result>(
  config: Config,
  work: (storage: Storage, ring: readonly SealKey[]) => Promise<Result>,
): Promise<Result> {
  const storage = await openStorage(config, silentLog);
  try {
    const ring = await openKeyRing({
      source: config.keys,
      directory: config.data.directory,
      store: storage.ringKeys,
      isInUse: async () => (await storage.tenants.list()).length > 0,
      now: Date.now,
    });
    return await work(storage, ring);
  } finally {
    await storage.close();
  }
}
