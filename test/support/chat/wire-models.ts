import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { OpenModel } from '../../../src/chat/models/model-book.ts';
import type { ModelServer } from '../start-model-server.ts';

/** The wires that most models are spoken to on. */
export const chatWires = ['openai', 'openai_chat', 'anthropic', 'openai_compatible'] as const;

/** One of them. */
export type ChatWire = (typeof chatWires)[number];

/** A credential that must be seen nowhere but in its header. */
export const WIRE_KEY = 'sk-wire-secret-0123456789';

/** A model of a server on a wire, over real HTTP; `sent` has the bodies as they left. */
export function wireModel(
  server: ModelServer,
  wire: ChatWire,
  name = 'wired',
): OpenModel & { readonly sent: string[] } {
  const isResponses = wire === 'openai';
  const sent: string[] = [];
  const noting: typeof globalThis.fetch = (input, init) => {
    if (typeof init?.body === 'string') sent.push(init.body);
    return fetch(input, init);
  };
  return {
    sent,
    model: modelOf(server.baseUrl(wire), wire, name, noting),
    costOf: ({ inputTokens, outputTokens }) => {
      return { nano: BigInt(inputTokens + 2 * outputTokens), currency: 'USD' };
    },
    card: {
      name: `${wire}/${name}`,
      provider: wire,
      contextTokens: 100_000,
      outputTokensMax: 4_096,
      takes: ['image/'],
      takesFilesInResults: isResponses || wire === 'anthropic',
      isLanguageModel: true,
      isDefault: true,
      fallback: null,
    },
  };
}

function modelOf(
  baseURL: string,
  wire: ChatWire,
  name: string,
  fetch: typeof globalThis.fetch,
): LanguageModelV4 {
  const settings = { baseURL, apiKey: WIRE_KEY, fetch };
  switch (wire) {
    case 'openai':
      return createOpenAI(settings).responses(name);
    case 'openai_chat':
      return createOpenAI(settings).chat(name);
    case 'anthropic':
      return createAnthropic(settings)(name);
    case 'openai_compatible':
      return createOpenAICompatible({ ...settings, name: 'compatible', includeUsage: true })(name);
  }
}

/** What a step used, in the words of the wire. */
export function wireUsage(wire: ChatWire, input: number, output: number): Record<string, number> {
  return wire === 'openai' || wire === 'anthropic'
    ? { input_tokens: input, output_tokens: output }
    : { prompt_tokens: input, completion_tokens: output };
}
