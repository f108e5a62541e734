import type { Stores } from '../storage.ts';
import { createAliasStore } from './alias-store.ts';
import { createBundleStore } from './bundle-store.ts';
import type { Database } from './database.ts';
import { createIdentityStore } from './identity-store.ts';
import { createLeaseStore } from './lease-store.ts';
import { createRingKeyStore } from './ring-key-store.ts';
import { createSecretStore } from './secret-store.ts';
import { createServiceStore } from './service-store.ts';
import { createSessionStore } from './session-store.ts';
import { createUsageStore } from './usage-store.ts';
import { createVersionStore } from './version-store.ts';

/** The stores over one database, whatever its engine. */
export function createStores(database: Database): Stores {
  return {
    identity: createIdentityStore(database),
    services: createServiceStore(database),
    aliases: createAliasStore(database),
    secrets: createSecretStore(database),
    bundles: createBundleStore(database),
    sessions: createSessionStore(database),
    usage: createUsageStore(database),
    ringKeys: createRingKeyStore(database),
    leases: createLeaseStore(database),
    versions: createVersionStore(database),
  };
}
