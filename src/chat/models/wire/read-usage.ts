import type { LanguageModelV4Usage } from '@ai-sdk/provider';
import type { StepUsage } from '../../conversations/message.ts';

/**
 * The usage of a step as the provider told it: every token once in a total, and the parts of a
 * total never more than it. Undefined when it did not tell; a zero total is not told either, since
 * no step reads nothing.
 */
export function readUsage(usage: LanguageModelV4Usage | undefined): StepUsage | undefined {
  const input = count(usage?.inputTokens.total);
  const output = count(usage?.outputTokens.total);
  if (input === undefined || output === undefined || input === 0) return undefined;
  const cachedTokens = Math.min(count(usage?.inputTokens.cacheRead) ?? 0, input);
  const cacheWriteTokens = Math.min(
    count(usage?.inputTokens.cacheWrite) ?? 0,
    input - cachedTokens,
  );
  return {
    inputTokens: input,
    cachedTokens,
    cacheWriteTokens,
    outputTokens: output,
    reasoningTokens: Math.min(count(usage?.outputTokens.reasoning) ?? 0, output),
    isEstimated: false,
  };
}

function count(tokens: number | undefined): number | undefined {
  return tokens !== undefined && Number.isSafeInteger(tokens) && tokens >= 0 ? tokens : undefined;
}
