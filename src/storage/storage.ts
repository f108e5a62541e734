import type { AliasStore, BundleStore, SecretStore, ServiceStore } from '../catalog/store.ts';
import type { SessionStore } from '../gateway/store.ts';
import type { IdentityStore } from '../identity/store.ts';
import type { UsageStore } from '../metering/store.ts';

/** Every store of one gateway, whatever engine is behind them. */
export interface Storage {
  readonly identity: IdentityStore;
  readonly services: ServiceStore;
  readonly aliases: AliasStore;
  readonly secrets: SecretStore;
  readonly bundles: BundleStore;
  readonly sessions: SessionStore;
  readonly usage: UsageStore;
  /** Finishes what was asked for, then lets go of the database. */
  close(): Promise<void>;
}
