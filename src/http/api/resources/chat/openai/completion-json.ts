import type { ChatRun } from '../../../../../chat/chat-run.ts';
import type { StopReason } from '../../../../../chat/loop/agent-engine.ts';
import type { RunSummary } from '../../../../../chat/runs/run-summary.ts';

/** A call of the caller's tools, as Chat Completions have it. */
export function toolCallsOf({ waits, calls }: RunSummary) {
  return waits.flatMap(({ kind, callId, tool }) => {
    if (kind !== 'caller') return [];
    const given = calls.find((call) => call.callId === callId)?.arguments;
    const made = { name: tool, arguments: JSON.stringify(given ?? {}) };
    return [{ id: callId, type: 'function' as const, function: made }];
  });
}

/** Why the answer is over. */
export function finishReason(reason: StopReason | null, calls: number): string {
  if (calls > 0) return 'tool_calls';
  if (reason === 'length') return 'length';
  return reason === 'refused' ? 'content_filter' : 'stop';
}

/** What it used. */
export function completionUsage({ usage }: RunSummary) {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedTokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  };
}

/** What every answer and every chunk of it begins with. */
export function completionHead(run: ChatRun, model: string) {
  return { id: `chatcmpl-${run.id}`, created: Math.floor(run.createdAtMs / 1_000), model };
}

/** A whole answer. */
export function completionJson(summary: RunSummary, model: string) {
  const { run, answer, error, stopReason } = summary;
  const calls = toolCallsOf(summary);
  const text = answer === '' && error !== null ? error.message : answer;
  const content = text === '' && calls.length > 0 ? null : text;
  const made = calls.length === 0 ? {} : { tool_calls: calls };
  return {
    ...completionHead(run, model),
    object: 'chat.completion' as const,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content, refusal: null, ...made },
        logprobs: null,
        finish_reason: finishReason(stopReason, calls.length),
      },
    ],
    usage: completionUsage(summary),
  };
}
