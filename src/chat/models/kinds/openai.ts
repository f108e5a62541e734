import { createOpenAI } from '@ai-sdk/openai';
import type { ProviderSettings } from '../provider.ts';
import type { KindContext, OpenKind } from './kind.ts';

/** OpenAI by its Responses. */
export const openai: OpenKind<'openai'> = (context) =>
  openaiProvider(context).responses(context.modelId);

/** The library, set up for one provider entry. */
export function openaiProvider({
  settings,
  key = '',
  fetch,
}: Pick<KindContext, 'key' | 'fetch'> & {
  readonly settings: Extract<ProviderSettings, { readonly kind: 'openai' | 'openai_chat' }>;
}) {
  const { baseUrl = 'https://api.openai.com/v1', organization, project } = settings;
  return createOpenAI({
    baseURL: baseUrl,
    apiKey: key,
    fetch,
    ...(organization === undefined ? {} : { organization }),
    ...(project === undefined ? {} : { project }),
  });
}
