import type { Egress } from '../../kernel/egress.ts';
import type { Log } from '../../kernel/log.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { ModelBook } from './model-book.ts';
import { OpenModels } from './open-models.ts';
import { PriceBook } from './prices/price-book.ts';
import { ProviderBook, type ProviderBookContext } from './provider-book.ts';
import { tryProvider, type ProviderTrial } from './try-provider.ts';
import { createModelFetch, type ModelTimes } from './wire/model-fetch.ts';

/** What the models of tenants are made from. */
export interface ModelsContext extends ProviderBookContext {
  readonly egress: Egress;
  readonly times: ModelTimes;
  /** Whether every tenant has the scripted model. */
  readonly hasDemo: boolean;
  readonly log: Log;
}

/** The models of all tenants, and what they are made from. */
export interface Models {
  readonly book: ModelBook;
  readonly providers: ProviderBook;
  readonly prices: PriceBook;
  /** Asks a provider for a few tokens. Rejects with `not_found` and `invalid_params`. */
  tryProvider(tenant: TenantId, id: string, model: string | undefined): Promise<ProviderTrial>;
  /** A tenant's providers or prices changed: they are read again when they are asked for. */
  forget(tenant: TenantId): void;
}

/** Makes them; no library of a provider is loaded before its first model is asked. */
export function createModels(context: ModelsContext): Models {
  const providers = new ProviderBook(context);
  const prices = new PriceBook(context, providers);
  const fetch = createModelFetch(context.egress, context.times);
  const { hasDemo, log } = context;
  const book = new OpenModels({ providers, store: context.store, fetch, hasDemo });
  return {
    book,
    providers,
    prices,
    tryProvider: async (tenant, id, model) =>
      await tryProvider({ providers, fetch, log, now: context.now }, tenant, id, model),
    forget: (tenant) => book.forget(tenant),
  };
}
