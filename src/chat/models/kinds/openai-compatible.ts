import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { OpenKind } from './kind.ts';

/** A server that speaks OpenAI's Chat Completions: Ollama, vLLM, LM Studio, … */
export const openaiCompatible: OpenKind<'openai_compatible'> = (context) => {
  const { settings, key, fetch, modelId } = context;
  const provider = createOpenAICompatible({
    name: 'openai-compatible',
    baseURL: settings.baseUrl,
    // Without it a streamed answer does not tell its usage.
    includeUsage: true,
    fetch,
    ...(key === undefined ? {} : { apiKey: key }),
  });
  return provider(modelId);
};
