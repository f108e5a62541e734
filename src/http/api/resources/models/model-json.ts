import { z } from '@hono/zod-openapi';
import type { ModelCard } from '../../../../chat/models/model-book.ts';
import type { Price } from '../../../../chat/models/price.ts';
import type { Provider } from '../../../../chat/models/provider.ts';
import { isDeclared } from '../../../../chat/models/provider-book.ts';
import { limits } from '../../../../kernel/limits.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import { amountText, currencyCode } from '../billing/credit-json.ts';

/** The parameter of a provider's path. */
export const providerParams = z.strictObject({
  provider: z.string().regex(/^[A-Za-z0-9_.-]{1,100}$/),
});

/** The parameter of a price's path. */
export const priceParams = z.strictObject({ price: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });

const TOKENS_MAX = 1_000_000_000;
const tokens = z.int().min(1).max(TOKENS_MAX);

const url = z
  .string()
  .max(limits.modelUrlLengthMax)
  .regex(/^https?:\/\/[^@/?#\s]+(\/[^?#\s]*)?$/, 'Give an http: or https: URL without a user.')
  .refine((text) => URL.canParse(text), 'Give an http: or https: URL.')
  .describe('Where its API begins; the vendor itself when absent.');

const setting = z
  .string()
  .min(1)
  .max(limits.modelSettingLengthMax)
  .regex(/^[\x21-\x7e]+$/, 'Give printable characters without spaces.');

const account = {
  baseUrl: url.optional(),
  organization: setting.describe('Organization at OpenAI: `org-…`.').optional(),
  project: setting.describe('Project at OpenAI: `proj_…`.').optional(),
};

const vendor = { baseUrl: url.optional() };

const settings = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('openai'), ...account }),
  z.strictObject({ kind: z.literal('openai_chat'), ...account }),
  z.strictObject({ kind: z.literal('anthropic'), ...vendor }),
  z.strictObject({ kind: z.literal('google'), ...vendor }),
  z.strictObject({ kind: z.literal('mistral'), ...vendor }),
  z.strictObject({
    kind: z.literal('azure'),
    baseUrl: url.describe('https://{resource}.openai.azure.com/openai'),
    apiVersion: setting.describe('`v1` when absent.').optional(),
    wire: z.enum(['responses', 'chat']).describe('`responses` when absent.').optional(),
  }),
  z.strictObject({
    kind: z.literal('bedrock'),
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'Give a region such as eu-west-1.'),
    accessKeyId: setting
      .describe('Of an access key of AWS, whose secret the key is then; else a key of Bedrock.')
      .optional(),
    baseUrl: url.optional(),
  }),
  z.strictObject({
    kind: z.literal('openai_compatible'),
    baseUrl: url.describe('For example http://127.0.0.1:11434/v1 of Ollama.'),
  }),
]);

const modelId = z
  .string()
  .min(1)
  .max(limits.modelIdLengthMax)
  .regex(/^[\x21-\x7e]+$/, 'Give printable characters without spaces.');

const takes = z.array(z.enum(['image/', 'audio/', 'application/pdf'])).max(3);
const fallback = z.int().min(1).max(limits.modelFallbackMax).nullable();

const models = z
  .array(
    z.strictObject({
      id: modelId.describe("The provider's name of it; on Azure the deployment's."),
      contextTokens: tokens
        .describe('How much it reads at once; may be left out of a model that is known.')
        .optional(),
      outputTokensMax: tokens.nullable().optional(),
      takes: takes.describe('What it takes besides text.').optional(),
      isDefault: z.boolean().describe('Asked when nobody names a model.').optional(),
      fallback: fallback
        .describe('Its place among those that are asked when another one fails.')
        .optional(),
    }),
  )
  .max(limits.modelsPerProviderMax);

const name = z
  .string()
  .max(limits.slugLengthMax)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'Give lower-case letters, digits and single hyphens.')
  .describe('The first half of the names of its models.');

const key = z
  .string()
  .min(1)
  .max(limits.secretLengthMax)
  .regex(/^[\x21-\x7e]+$/, 'Give printable characters without spaces.')
  .openapi({ writeOnly: true })
  .describe('Key of the provider; kept sealed, never shown.');

/** A provider to be added. */
export const newProviderSchema = z
  .strictObject({ name, settings, models, key: key.optional() })
  .openapi('NewModelProvider');

/** What changes of a provider. */
export const providerChangeSchema = z
  .strictObject({ name, settings, models, key: key.nullable().openapi({ writeOnly: true }) })
  .partial()
  .openapi('ModelProviderChange');

/** A provider as it is shown. */
export const providerSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    settings,
    hasKey: z.boolean(),
    models: z.array(
      z.strictObject({
        id: z.string(),
        contextTokens: z.int(),
        outputTokensMax: z.int().nullable(),
        takes,
        isDefault: z.boolean(),
        fallback: z.int().nullable(),
      }),
    ),
    isDeclared: z.boolean().describe('Of the configuration, and changed there alone.'),
    createdAtMs: z.int(),
    updatedAtMs: z.int(),
    version: z.int(),
  })
  .openapi('ModelProvider');

/** The providers of a tenant. */
export const providersSchema = z
  .strictObject({ providers: z.array(providerSchema) })
  .openapi('ModelProviders');

/** Which model to try. */
export const trialRequestSchema = z
  .strictObject({ model: modelId.describe('Its first model when absent.').optional() })
  .openapi('ModelTrialRequest');

/** How a provider answered. */
export const trialSchema = z
  .strictObject({
    ok: z.boolean(),
    model: z.string(),
    durationMs: z.int(),
    problem: z.strictObject({ kind: z.string(), text: z.string() }).nullable(),
  })
  .openapi('ModelTrial');

/** What can be named. */
export const modelsSchema = z
  .strictObject({
    models: z.array(
      z.strictObject({
        name: z.string().describe('`provider/model`.'),
        provider: z.string(),
        contextTokens: z.int(),
        outputTokensMax: z.int().nullable(),
        takes,
        isDefault: z.boolean(),
        fallback: z.int().nullable(),
        isLanguageModel: z.boolean().describe('False for the scripted demo.'),
      }),
    ),
  })
  .openapi('Models');

const rate = amountText.describe('A decimal as text, for a million tokens.');
const MS_MAX = 8_640_000_000_000_000;

/** A price to be added. */
export const newPriceSchema = z
  .strictObject({
    model: z
      .string()
      .max(limits.slugLengthMax + 1 + limits.modelIdLengthMax)
      .regex(/^[a-z0-9-]+\/[\x21-\x7e]+$/, 'Give provider/model.'),
    validFromMs: z.int().min(0).max(MS_MAX).describe('Now when absent.').optional(),
    currency: currencyCode,
    input: rate,
    cachedInput: rate.describe('Read from a cache; as `input` when absent.').optional(),
    cacheWrite: rate.describe('Written to a cache; as `input` when absent.').optional(),
    output: rate.describe('All that is produced, reasoning too.'),
  })
  .openapi('NewModelPrice');

/** A price as it is shown. */
export const priceSchema = z
  .strictObject({
    id: z.string(),
    model: z.string(),
    validFromMs: z.int(),
    currency: z.string(),
    input: z.string(),
    cachedInput: z.string().nullable(),
    cacheWrite: z.string().nullable(),
    output: z.string(),
    isBuiltIn: z.boolean(),
  })
  .openapi('ModelPrice');

/** The prices of a tenant's models. */
export const pricesSchema = z.strictObject({ prices: z.array(priceSchema) }).openapi('ModelPrices');

/** A provider as it is shown; its key is not. */
export function providerJson(provider: Provider): z.input<typeof providerSchema> {
  const { models: entries, ...rest } = provider;
  return {
    ...rest,
    models: entries.map((entry) => ({ ...entry, takes: [...entry.takes] })),
    isDeclared: isDeclared(provider),
  };
}

/** A model as it is shown. */
export function cardJson(card: ModelCard): z.input<typeof modelsSchema>['models'][number] {
  const { takesFilesInResults: _, ...shown } = card;
  return { ...shown, takes: [...card.takes] };
}

/** A price as it is shown. */
export function priceJson({ rates, ...price }: Price): z.input<typeof priceSchema> {
  const { input, cachedInput, cacheWrite, output } = rates;
  return {
    ...price,
    input: formatMoney(input),
    cachedInput: cachedInput === null ? null : formatMoney(cachedInput),
    cacheWrite: cacheWrite === null ? null : formatMoney(cacheWrite),
    output: formatMoney(output),
    isBuiltIn: price.id === 'built-in',
  };
}
