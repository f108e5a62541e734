/** Every kind of provider that a tenant can add. */
export const providerKinds = [
  'openai',
  'openai_chat',
  'anthropic',
  'google',
  'mistral',
  'azure',
  'bedrock',
  'openai_compatible',
] as const;

/** One of them. */
export type ProviderKind = (typeof providerKinds)[number];

/** Whose requests they are, where an account has several of either. */
interface OpenaiAccount {
  readonly baseUrl?: string;
  readonly organization?: string;
  readonly project?: string;
}

/** What a kind needs besides its key. */
export type ProviderSettings =
  | ({ readonly kind: 'openai' } & OpenaiAccount)
  | ({ readonly kind: 'openai_chat' } & OpenaiAccount)
  | { readonly kind: 'anthropic'; readonly baseUrl?: string }
  | { readonly kind: 'google'; readonly baseUrl?: string }
  | { readonly kind: 'mistral'; readonly baseUrl?: string }
  | {
      readonly kind: 'azure';
      /** `https://{resource}.openai.azure.com/openai`. */
      readonly baseUrl: string;
      /** A dated one puts the deployment into the path; `v1` when absent. */
      readonly apiVersion?: string;
      /** `responses` when absent. */
      readonly wire?: 'responses' | 'chat';
    }
  | {
      readonly kind: 'bedrock';
      readonly region: string;
      /** With it the key is the secret of an access key (SigV4), else a key of Bedrock. */
      readonly accessKeyId?: string;
      readonly baseUrl?: string;
    }
  | { readonly kind: 'openai_compatible'; readonly baseUrl: string };

/** What a model takes besides text, by the beginning of the media type. */
export type TakenMedia = 'image/' | 'audio/' | 'application/pdf';

/** A model of a provider, as a tenant has it. */
export interface ModelEntry {
  /** The provider's name of it; on Azure the deployment's. */
  readonly id: string;
  readonly contextTokens: number;
  readonly outputTokensMax: number | null;
  readonly takes: readonly TakenMedia[];
  /** Asked when nobody names a model; one of the tenant's. */
  readonly isDefault: boolean;
  /** Its place among those that are asked when another one fails; null for never. */
  readonly fallback: number | null;
}

/** A provider of models, as a tenant has it; its key is in the vault. */
export interface Provider {
  readonly id: string;
  /** Unique in the tenant; the first half of the names of its models. */
  readonly name: string;
  readonly settings: ProviderSettings;
  readonly hasKey: boolean;
  readonly models: readonly ModelEntry[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly version: number;
}

/** Whether a provider of this kind answers nobody without a key. */
export function needsKey(kind: ProviderKind): boolean {
  return kind !== 'openai_compatible';
}

/** How callers name a model. */
export function modelName(provider: string, id: string): string {
  return `${provider}/${id}`;
}
