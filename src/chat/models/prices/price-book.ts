import { GatewayError } from '../../../kernel/errors.ts';
import type { IdSource } from '../../../kernel/ids.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { modelName, type Provider } from '../provider.ts';
import type { ModelStore } from '../store.ts';
import type { Price } from '../price.ts';
import { pricesOf } from './prices-of.ts';

/** What prices are kept with. */
export interface PriceBookContext {
  readonly store: Pick<ModelStore, 'prices' | 'insertPrice' | 'deletePrice'>;
  readonly ids: Pick<IdSource, 'next'>;
}

/** Where the providers of a tenant are read. */
interface Providers {
  list(tenant: TenantId): Promise<readonly Provider[]>;
}

/** What models cost their tenants. */
export class PriceBook {
  readonly #context: PriceBookContext;
  readonly #providers: Providers;

  constructor(context: PriceBookContext, providers: Providers) {
    this.#context = context;
    this.#providers = providers;
  }

  /** Every price that holds at some time for a model there is, and those that wait for one. */
  async list(tenant: TenantId): Promise<readonly Price[]> {
    const [own, providers] = await Promise.all([
      this.#context.store.prices(tenant),
      this.#providers.list(tenant),
    ]);
    const names = new Set(own.map(({ model }) => model));
    const builtIn = providers.flatMap((provider) =>
      provider.models
        .filter(({ id }) => !names.has(modelName(provider.name, id)))
        .flatMap(({ id }) => pricesOf(provider, id, [])),
    );
    return [...own, ...builtIn];
  }

  /** Rejects with `conflict` for the same model from the same moment, or one too many. */
  async add(tenant: TenantId, price: Omit<Price, 'id'>): Promise<Price> {
    const { store, ids } = this.#context;
    return await store.insertPrice(tenant, { ...price, id: ids.next('prc') });
  }

  /** Rejects with `not_found`. */
  async remove(tenant: TenantId, id: string): Promise<void> {
    if (await this.#context.store.deletePrice(tenant, id)) return;
    throw new GatewayError('not_found', 'There is no such price of your own.');
  }
}
