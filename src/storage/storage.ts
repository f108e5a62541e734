import type { AliasStore, BundleStore, SecretStore, ServiceStore } from '../catalog/store.ts';
import type { SessionStore } from '../gateway/store.ts';
import type { IdentityStore, RingKeyStore } from '../identity/store.ts';
import type { LeaseStore, VersionStore } from '../jobs/store.ts';
import type { UsageStore } from '../metering/store.ts';

/** Every store of one gateway. */
export interface Stores {
  readonly identity: IdentityStore;
  readonly services: ServiceStore;
  readonly aliases: AliasStore;
  readonly secrets: SecretStore;
  readonly bundles: BundleStore;
  readonly sessions: SessionStore;
  readonly usage: UsageStore;
  readonly ringKeys: RingKeyStore;
  readonly leases: LeaseStore;
  readonly versions: VersionStore;
}

/** The stores of one gateway and the open database behind them, whatever its engine. */
export interface Storage extends Stores {
  /** The names of the migrations that the database lacked when it was opened. */
  readonly appliedMigrations: readonly string[];
  /** Finishes what was asked for, then lets go of the database. */
  close(): Promise<void>;
}
