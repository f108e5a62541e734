import { z } from 'zod';
import { providerKinds } from '../../chat/models/provider.ts';
import { limits } from '../../kernel/limits.ts';

const text = z
  .string()
  .min(1)
  .max(limits.modelSettingLengthMax)
  .regex(/^[\x21-\x7e]+$/, 'must be printable characters without spaces');

const provider = z.strictObject({
  name: z
    .string()
    .max(limits.slugLengthMax)
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case letters, digits and single hyphens')
    .refine((name) => name !== 'demo' && name !== 'gateway', 'is taken by the gateway itself')
    .describe('The first half of the names of its models.'),
  kind: z.enum(providerKinds).describe('Whose API it speaks.'),
  baseUrl: z
    .url({ protocol: /^https?$/, error: 'must be an http: or https: URL' })
    .max(limits.modelUrlLengthMax)
    .exactOptional()
    .describe('Where its API begins; needed for azure and openai_compatible.'),
  region: text.exactOptional().describe('Region of AWS, for bedrock.'),
  accessKeyId: text.exactOptional().describe('Of an access key of AWS whose secret the key is.'),
  apiVersion: text.exactOptional().describe('For azure; v1 when absent.'),
  wire: z.enum(['responses', 'chat']).exactOptional().describe('For azure.'),
  organization: text.exactOptional().describe('For openai.'),
  project: text.exactOptional().describe('For openai.'),
  key: z
    .union([z.string().min(1), z.strictObject({ env: z.string().min(1) })])
    .exactOptional()
    .meta({
      description: 'Key of the provider, or { env: NAME } to read an environment variable.',
      writeOnly: true,
    }),
  models: z
    .array(
      z.strictObject({
        id: text.describe("The provider's name of it."),
        contextTokens: z
          .int()
          .min(1)
          .max(1_000_000_000)
          .exactOptional()
          .describe('How much it reads at once; may be left out of a model that is known.'),
        outputTokensMax: z.int().min(1).max(1_000_000_000).exactOptional(),
        takes: z.array(z.enum(['image/', 'audio/', 'application/pdf'])).exactOptional(),
        isDefault: z.boolean().exactOptional().describe('Asked when nobody names a model.'),
        fallback: z.int().min(1).max(limits.modelFallbackMax).exactOptional(),
      }),
    )
    .min(1)
    .max(limits.modelsPerProviderMax)
    .describe('Its models.'),
});

const money = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,9})? [A-Z]{3}$/, 'must be an amount with its currency, such as 0.50 USD');

const ms = z.int().min(100).max(3_600_000);

/** Chat: which models there are from the start, and how long they may take. */
export const chatSchema = z.strictObject({
  providers: z
    .array(provider)
    .max(limits.modelProvidersPerTenantMax)
    .default([])
    .describe('Providers of language models that the first tenant has from the start.'),
  demoModel: z
    .boolean()
    .default(false)
    .describe(
      'Whether every tenant has demo/demo, a script that calls tools and is no language model.',
    ),
  runCostMax: money
    .exactOptional()
    .describe('What one run of a chat may cost: an amount with its currency, such as 0.50 USD.'),
  conversationCostMax: money
    .exactOptional()
    .describe('What all runs of one conversation may cost together, likewise.'),
  firstByteMs: ms
    .default(120_000)
    .describe('How long a model may take until its answer begins, in milliseconds.'),
  idleMs: ms
    .default(120_000)
    .describe('How long a model may be silent within an answer, in milliseconds.'),
});

/** A provider as the configuration says it. */
export type WrittenProvider = z.output<typeof provider>;
