import { silentLog } from '../../kernel/log.ts';
import type { Config } from '../config/config-schema.ts';
import { openStorage } from '../open-storage.ts';

/**
 * Makes the sums by the hour and the day of all tenants again; the names of the tenants. Gateways
 * may run meanwhile. Rejects with GatewayError.
 */
export async function rebuildAllRollups(config: Config): Promise<readonly string[]> {
  const storage = await openStorage(config, silentLog);
  try {
    const tenants = await storage.tenants.list();
    for (const { id } of tenants) {
      await storage.rollups.startRebuild(id);
      while (await storage.rollups.rebuildSome(id));
    }
    return tenants.map(({ name }) => name);
  } finally {
    await storage.close();
  }
}
