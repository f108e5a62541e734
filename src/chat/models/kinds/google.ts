import { createGoogle } from '@ai-sdk/google';
import type { OpenKind } from './kind.ts';

/** Gemini by Google's Generative Language API. */
export const google: OpenKind<'google'> = ({ settings, key = '', fetch, modelId }) => {
  const { baseUrl = 'https://generativelanguage.googleapis.com/v1beta' } = settings;
  return createGoogle({ baseURL: baseUrl, apiKey: key, fetch })(modelId);
};
