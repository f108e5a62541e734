import type { LanguageModelV4 } from '@ai-sdk/provider';
import { GatewayError } from '../../../kernel/errors.ts';
import { needsKey, type ProviderKind, type ProviderSettings } from '../provider.ts';
import type { KindContext, OpenKind } from './kind.ts';

type Openers = { readonly [Kind in ProviderKind]: () => Promise<OpenKind<Kind>> };

/** Loaded with the first model of the kind: together they are some megabytes of code. */
const openers: Openers = {
  openai: async () => (await import('./openai.ts')).openai,
  openai_chat: async () => (await import('./openai-chat.ts')).openaiChat,
  anthropic: async () => (await import('./anthropic.ts')).anthropic,
  google: async () => (await import('./google.ts')).google,
  mistral: async () => (await import('./mistral.ts')).mistral,
  azure: async () => (await import('./azure.ts')).azure,
  bedrock: async () => (await import('./bedrock.ts')).bedrock,
  openai_compatible: async () => (await import('./openai-compatible.ts')).openaiCompatible,
};

/**
 * Opens a model of whatever kind its provider is. Rejects with `invalid_params` without a key where
 * one is needed: a library would look for it in the environment.
 */
export async function openKind<Kind extends ProviderKind>(
  context: KindContext<Kind>,
): Promise<LanguageModelV4> {
  const kind: Kind = context.settings.kind;
  if (needsKey(kind) && (context.key ?? '') === '') {
    throw new GatewayError('invalid_params', 'The provider has no key.');
  }
  const open = await openers[kind]();
  return open(context);
}

/** Whether results of tools have a place for files on the wire of a provider. */
export function takesFilesInResults(settings: ProviderSettings): boolean {
  const { kind } = settings;
  if (kind === 'azure') return settings.wire !== 'chat';
  return kind === 'openai' || kind === 'anthropic' || kind === 'bedrock';
}
