import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { ProviderKind, ProviderSettings } from '../provider.ts';
import type { ModelFetch } from '../wire/model-fetch.ts';

/** Settings of one kind. */
export type SettingsOf<Kind extends ProviderKind> = Extract<
  ProviderSettings,
  { readonly kind: Kind }
>;

/**
 * What a model is opened with. The libraries look into the process's environment for whatever they
 * are not given (keys, base URLs, regions), and a tenant must not get what is the operator's: so
 * every kind gives its library all of that, an empty text for what there is none of.
 */
export interface KindContext<Kind extends ProviderKind = ProviderKind> {
  readonly settings: SettingsOf<Kind>;
  readonly key: string | undefined;
  readonly modelId: string;
  readonly fetch: ModelFetch;
}

/** Opens a model of one kind. */
export type OpenKind<Kind extends ProviderKind> = (context: KindContext<Kind>) => LanguageModelV4;
