import { estimateTokens } from '../../kernel/estimate-tokens.ts';
import type { StepUsage } from '../conversations/message.ts';
import type { StepAnswer, StepQuestion } from './ask-model.ts';

/** Roughly what a file costs in any model. */
const FILE_TOKENS = 1_500;

/** How large what a model is asked is. */
export interface QuestionSize {
  readonly bytes: number;
  /** About so many. */
  readonly tokens: number;
}

/** Measures a question; files count by their bytes, and as so many tokens each. */
export function measureQuestion({
  system,
  prompt,
  tools,
}: Pick<StepQuestion, 'system' | 'prompt' | 'tools'>): QuestionSize {
  let fileBytes = 0;
  let files = 0;
  const text = JSON.stringify([system, prompt, tools], (_, value: unknown) => {
    if (!(value instanceof Uint8Array)) return value;
    fileBytes += value.length;
    files += 1;
    return '';
  });
  const tokens = estimateTokens(text) + files * FILE_TOKENS;
  return { bytes: Buffer.byteLength(text) + fileBytes, tokens };
}

/**
 * What a step used as its provider says; counted by the gateway, and marked so, where the provider
 * was cut off or does not say. No prompt has no tokens: 0 is not said but left out.
 */
export function usageOf(
  { usage, parts }: Pick<StepAnswer, 'parts'> & { readonly usage?: StepAnswer['usage'] },
  promptTokens: number,
): StepUsage {
  const { inputTokens = 0, outputTokens = 0, inputTokenDetails, outputTokenDetails } = usage ?? {};
  if (inputTokens > 0) {
    return {
      inputTokens,
      cachedTokens: inputTokenDetails?.cacheReadTokens ?? 0,
      cacheWriteTokens: inputTokenDetails?.cacheWriteTokens ?? 0,
      outputTokens,
      reasoningTokens: outputTokenDetails?.reasoningTokens ?? 0,
      isEstimated: false,
    };
  }
  const texts = parts.map((part) =>
    part.type === 'call' ? part.name + JSON.stringify(part.arguments) : part.text,
  );
  return {
    inputTokens: promptTokens,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: texts.reduce((sum, text) => sum + estimateTokens(text), 0),
    reasoningTokens: 0,
    isEstimated: true,
  };
}
