import type { ProviderKind, TakenMedia } from '../provider.ts';

/** What is known of a model of a vendor; rates are in US dollars a million tokens. */
export interface KnownModel {
  readonly vendor: 'openai' | 'anthropic';
  /** Its ids: the vendor's alias, and the dated ones of the very same price. */
  readonly ids: readonly string[];
  readonly contextTokens: number;
  readonly outputTokensMax: number;
  readonly takes: readonly TakenMedia[];
  /** From the first to the last; each holds until the next one. */
  readonly rates: readonly KnownRates[];
}

/** Rates from a day on (UTC), as the vendor published them. */
export interface KnownRates {
  readonly from: string;
  readonly input: string;
  readonly cachedInput: string;
  /** Absent where the vendor takes nothing more for it than for the input. */
  readonly cacheWrite?: string;
  readonly output: string;
}

const seeing: readonly TakenMedia[] = ['image/', 'application/pdf'];
const openai = { vendor: 'openai', takes: seeing } as const;
const anthropic = { vendor: 'anthropic', takes: seeing } as const;

/** Where the prices of a vendor are published, and when this table was last compared. */
export interface PriceSource {
  readonly vendor: KnownModel['vendor'];
  readonly url: string;
  /** A day (UTC). */
  readonly comparedOn: string;
  /** What it was compared with. */
  readonly comparedWith: string;
}

/** The sources of the table; the vendors' own pages could not be read on that day. */
export const priceSources: readonly PriceSource[] = [
  {
    vendor: 'openai',
    url: 'https://developers.openai.com/api/docs/pricing',
    comparedOn: '2026-12-01',
    comparedWith: 'GitHub Docs, models and pricing, for gpt-5-mini; price lists of others',
  },
  {
    vendor: 'anthropic',
    url: 'https://platform.claude.com/docs/en/about-claude/pricing',
    comparedOn: '2026-12-01',
    comparedWith: 'GitHub Docs, models and pricing',
  },
];

/**
 * Models whose prices for text at standard speed are known from when they came out
 * (`priceSources`). Vendors change prices, so what a tenant sets itself comes first. Cache writes
 * are those of five minutes. What has other prices for long prompts is left out, and so is whatever
 * is not certain: an unknown model is unpriced, which a tenant sees and can mend.
 */
export const knownModels: readonly KnownModel[] = [
  {
    ...openai,
    ids: ['gpt-4o', 'gpt-4o-2024-08-06', 'gpt-4o-2024-11-20'],
    contextTokens: 128_000,
    outputTokensMax: 16_384,
    rates: [{ from: '2024-10-02', input: '2.50', cachedInput: '1.25', output: '10' }],
  },
  {
    ...openai,
    ids: ['gpt-4o-mini', 'gpt-4o-mini-2024-07-18'],
    contextTokens: 128_000,
    outputTokensMax: 16_384,
    rates: [{ from: '2024-10-02', input: '0.15', cachedInput: '0.075', output: '0.60' }],
  },
  {
    ...openai,
    ids: ['gpt-4.1', 'gpt-4.1-2025-04-14'],
    contextTokens: 1_047_576,
    outputTokensMax: 32_768,
    rates: [{ from: '2025-04-14', input: '2', cachedInput: '0.50', output: '8' }],
  },
  {
    ...openai,
    ids: ['gpt-4.1-mini', 'gpt-4.1-mini-2025-04-14'],
    contextTokens: 1_047_576,
    outputTokensMax: 32_768,
    rates: [{ from: '2025-04-14', input: '0.40', cachedInput: '0.10', output: '1.60' }],
  },
  {
    ...openai,
    ids: ['gpt-5', 'gpt-5-2025-08-07'],
    contextTokens: 400_000,
    outputTokensMax: 128_000,
    rates: [{ from: '2025-08-07', input: '1.25', cachedInput: '0.125', output: '10' }],
  },
  {
    ...openai,
    ids: ['gpt-5-mini', 'gpt-5-mini-2025-08-07'],
    contextTokens: 400_000,
    outputTokensMax: 128_000,
    rates: [{ from: '2025-08-07', input: '0.25', cachedInput: '0.025', output: '2' }],
  },
  {
    ...anthropic,
    ids: ['claude-haiku-4-5', 'claude-haiku-4-5-20251001'],
    contextTokens: 200_000,
    outputTokensMax: 64_000,
    rates: [
      { from: '2025-10-15', input: '1', cachedInput: '0.10', cacheWrite: '1.25', output: '5' },
    ],
  },
  {
    ...anthropic,
    ids: ['claude-opus-4-5', 'claude-opus-4-5-20251101'],
    contextTokens: 200_000,
    outputTokensMax: 64_000,
    rates: [
      { from: '2025-11-24', input: '5', cachedInput: '0.50', cacheWrite: '6.25', output: '25' },
    ],
  },
  {
    ...anthropic,
    ids: ['claude-opus-5'],
    contextTokens: 1_000_000,
    outputTokensMax: 128_000,
    rates: [
      { from: '2026-07-24', input: '5', cachedInput: '0.50', cacheWrite: '6.25', output: '25' },
    ],
  },
];

const vendors: Partial<Record<ProviderKind, KnownModel['vendor']>> = {
  openai: 'openai',
  openai_chat: 'openai',
  anthropic: 'anthropic',
};

/** What is known of a model at its vendor itself: behind another base URL nothing is. */
export function knownModel(
  settings: { readonly kind: ProviderKind; readonly baseUrl?: string },
  id: string,
): KnownModel | undefined {
  if (settings.baseUrl !== undefined) return undefined;
  const vendor = vendors[settings.kind];
  return knownModels.find((known) => known.vendor === vendor && known.ids.includes(id));
}
