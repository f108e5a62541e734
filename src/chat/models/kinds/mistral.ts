import { createMistral } from '@ai-sdk/mistral';
import type { OpenKind } from './kind.ts';

/** Mistral by its chat completions. */
export const mistral: OpenKind<'mistral'> = ({ settings, key = '', fetch, modelId }) => {
  const { baseUrl = 'https://api.mistral.ai/v1' } = settings;
  return createMistral({ baseURL: baseUrl, apiKey: key, fetch })(modelId);
};
