import type { LanguageModelV4 } from '@ai-sdk/provider';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { RecentMap } from '../../kernel/recent/recent-map.ts';
import { chooseModels, inOrder } from './choose-models.ts';
import { openKind, takesFilesInResults } from './kinds/open-kind.ts';
import type { ModelBook, ModelCard, OpenModel } from './model-book.ts';
import type { Price } from './price.ts';
import { priceAt } from './prices/price-at.ts';
import { pricesOf } from './prices/prices-of.ts';
import { stepCost } from './prices/step-cost.ts';
import { modelName, type ModelEntry, type Provider } from './provider.ts';
import type { ProviderBook } from './provider-book.ts';
import type { ModelStore } from './store.ts';
import { guardModel } from './wire/guard-model.ts';
import type { ModelFetch } from './wire/model-fetch.ts';
import type { FailureSubject } from './wire/read-failure.ts';

/** What opening models needs. */
export interface OpenModelsContext {
  readonly providers: ProviderBook;
  readonly store: Pick<ModelStore, 'prices'>;
  readonly fetch: ModelFetch;
  readonly hasDemo: boolean;
}

/**
 * The models of tenants as this instance has them: read once, and again after `forget`, which
 * whoever hears of a change calls.
 */
export class OpenModels implements ModelBook, OpenLaterContext {
  readonly providers: ProviderBook;
  readonly fetch: ModelFetch;
  #changes = 0;
  readonly #context: OpenModelsContext;
  readonly #tenants = new RecentMap<TenantId, Promise<readonly OpenModel[]>>(
    limits.modelTenantsKeptMax,
  );

  constructor(context: OpenModelsContext) {
    this.#context = context;
    this.providers = context.providers;
    this.fetch = context.fetch;
  }

  /** See ModelBook. */
  async open(tenant: TenantId, name: string | undefined): Promise<readonly OpenModel[]> {
    return chooseModels(await this.#read(tenant), name);
  }

  /** See ModelBook. */
  async list(tenant: TenantId): Promise<readonly ModelCard[]> {
    return (await this.#read(tenant)).map(({ card }) => card);
  }

  /** What was read of the tenant is of the past. */
  forget(tenant: TenantId): void {
    this.#changes++;
    this.#tenants.delete(tenant);
  }

  /** See OpenLaterContext. */
  changes(): number {
    return this.#changes;
  }

  async #read(tenant: TenantId): Promise<readonly OpenModel[]> {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return await known;
    const reading = this.#load(tenant);
    this.#tenants.set(tenant, reading);
    try {
      return await reading;
    } catch (error) {
      if (this.#tenants.get(tenant) === reading) this.#tenants.delete(tenant);
      throw error;
    }
  }

  async #load(tenant: TenantId): Promise<readonly OpenModel[]> {
    const { providers, store, hasDemo } = this.#context;
    const [all, own] = await Promise.all([providers.list(tenant), store.prices(tenant)]);
    const models = all.flatMap((provider) =>
      provider.models.map((entry) => this.#model(tenant, provider, entry, own)),
    );
    if (!hasDemo) return inOrder(models);
    const { demoEntry } = await import('./demo/demo-entry.ts');
    return inOrder([...models, demoEntry]);
  }

  #model(
    tenant: TenantId,
    provider: Provider,
    entry: ModelEntry,
    own: readonly Price[],
  ): OpenModel {
    const card = cardOf(provider, entry);
    const prices = pricesOf(provider, entry.id, own);
    return {
      card,
      model: openLater(this, tenant, provider, entry.id),
      costOf: (usage, atMs) => {
        const price = priceAt(prices, atMs);
        return price && stepCost(usage, price);
      },
    };
  }
}

/** What opening one model needs. */
export interface OpenLaterContext {
  readonly providers: ProviderBook;
  readonly fetch: ModelFetch;
  /** Grows whenever anything changed that a model was opened with. */
  changes(): number;
}

/**
 * A model whose library is loaded, and whose key is read, when it is first asked, and again after
 * a change: who holds it for long does not go on with a provider that was removed.
 */
export function openLater(
  context: OpenLaterContext,
  tenant: TenantId,
  provider: Provider,
  modelId: string,
): LanguageModelV4 {
  const { settings } = provider;
  const subject: FailureSubject = { name: modelName(provider.name, modelId), secrets: [] };
  const openNow = async (): Promise<LanguageModelV4> => {
    const key = await readKey(context.providers, tenant, provider);
    if (key !== undefined) subject.secrets = [key];
    return await openKind({ settings, key, modelId, fetch: context.fetch });
  };
  let opened: { readonly model: Promise<LanguageModelV4>; readonly at: number } | undefined;
  const open = async (): Promise<LanguageModelV4> => {
    const at = context.changes();
    if (opened?.at !== at) opened = { model: openNow(), at };
    const mine = opened;
    try {
      return await mine.model;
    } catch (error) {
      if (opened === mine) opened = undefined;
      throw error;
    }
  };
  return guardModel({ provider: settings.kind, modelId, open }, subject);
}

/**
 * The key, for the settings that it was given for: were they changed meanwhile, it may be meant
 * for another address. A change of both is one transaction, so the key is read first.
 */
async function readKey(
  providers: ProviderBook,
  tenant: TenantId,
  provider: Provider,
): Promise<string | undefined> {
  const key = await providers.key(tenant, provider);
  const { settings, hasKey } = await providers.get(tenant, provider.id);
  const isSame = JSON.stringify(settings) === JSON.stringify(provider.settings);
  if (isSame && hasKey === (key !== undefined)) return key;
  throw new GatewayError('conflict', `The provider "${provider.name}" was changed meanwhile.`);
}

function cardOf({ name, settings }: Provider, entry: ModelEntry): ModelCard {
  const { id, contextTokens, outputTokensMax, takes, isDefault, fallback } = entry;
  return {
    name: modelName(name, id),
    provider: name,
    contextTokens,
    outputTokensMax,
    takes,
    takesFilesInResults: takesFilesInResults(settings),
    isLanguageModel: true,
    isDefault,
    fallback,
  };
}
