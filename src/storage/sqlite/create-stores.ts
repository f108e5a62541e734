import type { Storage } from '../storage.ts';
import { createAliasStore } from './alias-store.ts';
import { createBundleStore } from './bundle-store.ts';
import type { DatabaseClient } from './database-client.ts';
import { createIdentityStore } from './identity-store.ts';
import { createQueryBuilder } from './query-builder.ts';
import { createSecretStore } from './secret-store.ts';
import { createServiceStore } from './service-store.ts';
import { createSessionStore } from './session-store.ts';
import { createUsageStore } from './usage-store.ts';

/** The stores over one database thread. */
export function createStores(client: DatabaseClient): Omit<Storage, 'close'> {
  const query = createQueryBuilder(client);
  return {
    identity: createIdentityStore(client, query),
    services: createServiceStore(client, query),
    aliases: createAliasStore(client, query),
    secrets: createSecretStore(client, query),
    bundles: createBundleStore(query),
    sessions: createSessionStore(query),
    usage: createUsageStore(client, query),
  };
}
