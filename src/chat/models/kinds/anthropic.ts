import { createAnthropic } from '@ai-sdk/anthropic';
import type { OpenKind } from './kind.ts';

/** Anthropic by its Messages. */
export const anthropic: OpenKind<'anthropic'> = ({ settings, key = '', fetch, modelId }) => {
  const { baseUrl = 'https://api.anthropic.com/v1' } = settings;
  return createAnthropic({ baseURL: baseUrl, apiKey: key, fetch })(modelId);
};
