import type { TenantId } from '../../kernel/principal.ts';
import type { Price } from './price.ts';
import type { Provider, ProviderSettings, ModelEntry } from './provider.ts';

export type { ModelEntry, Provider, ProviderSettings } from './provider.ts';
export type { Price, PriceRates } from './price.ts';

/** Whose vault items the keys of providers are. */
export const PROVIDER_OWNER = 'model-provider';

/** A provider to be added. */
export interface NewProvider {
  readonly id: string;
  readonly name: string;
  readonly settings: ProviderSettings;
  readonly models: readonly ModelEntry[];
  readonly createdAtMs: number;
}

/** What changes of a provider. */
export interface ProviderUpdate {
  readonly name?: string;
  readonly settings?: ProviderSettings;
  readonly models?: readonly ModelEntry[];
  /** Another key, sealed; null takes it away. */
  readonly sealed?: string | null;
  readonly updatedAtMs: number;
  readonly ifVersion: number | undefined;
}

/**
 * The providers and prices of tenants. Every change counts as one of the domain `models`, and a
 * model that becomes the default takes that from the one before.
 */
export interface ModelStore {
  /** The oldest first. */
  providers(tenant: TenantId): Promise<readonly Provider[]>;
  provider(tenant: TenantId, id: string): Promise<Provider | undefined>;
  /** Rejects with `conflict` for a taken name, or one too many. */
  insert(tenant: TenantId, provider: NewProvider, sealed: string | undefined): Promise<Provider>;
  /** What it is then; undefined when there is none. `conflict` for another version or a name. */
  update(tenant: TenantId, id: string, update: ProviderUpdate): Promise<Provider | undefined>;
  /** With its key. False when there is none; `conflict` for another version. */
  delete(tenant: TenantId, id: string, ifVersion: number | undefined): Promise<boolean>;
  /** By model, and each from the latest to the first. */
  prices(tenant: TenantId): Promise<readonly Price[]>;
  /** Rejects with `conflict` for the same model from the same moment, or one too many. */
  insertPrice(tenant: TenantId, price: Price): Promise<Price>;
  deletePrice(tenant: TenantId, id: string): Promise<boolean>;
}
