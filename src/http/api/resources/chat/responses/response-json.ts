import type { ChatRun } from '../../../../../chat/chat-run.ts';
import { responseId, type ResponsePlace } from './response-id.ts';
import type { ResponseReader } from './response-reader.ts';

/** A response as it stands (Open Responses, "ResponseResource"). */
export function responseJson(run: ChatRun, place: ResponsePlace, reader: ResponseReader) {
  const { before } = reader;
  const { request, instructions, outputTokensMax, temperature, topP } = run.caller ?? {};
  const previous = before === undefined ? {} : { previous_response_id: idOf(run, before) };
  return {
    id: responseId(place),
    object: 'response' as const,
    created_at: Math.floor(run.createdAtMs / 1_000),
    ...statusOf(run, reader),
    model: '',
    previous_response_id: null,
    instructions: instructions ?? null,
    output: reader.output,
    tools: [],
    tool_choice: 'auto',
    truncation: 'disabled',
    parallel_tool_calls: true,
    text: { format: { type: 'text' } },
    top_p: topP ?? 1,
    presence_penalty: 0,
    frequency_penalty: 0,
    top_logprobs: 0,
    temperature: temperature ?? 1,
    reasoning: null,
    usage: usageOf(reader),
    max_output_tokens: outputTokensMax ?? null,
    max_tool_calls: null,
    store: true,
    background: false,
    service_tier: 'default',
    metadata: {},
    safety_identifier: null,
    prompt_cache_key: null,
    ...request,
    ...previous,
  };
}

function idOf(run: ChatRun, after: number): string {
  return responseId({ runId: run.id, after });
}

/** Why something is incomplete, by the words that the protocol has or by the gateway's own. */
const REASONS: Readonly<Record<string, string>> = {
  length: 'max_output_tokens',
  refused: 'content_filter',
  steps: 'max_steps',
  time: 'max_time',
  cost: 'max_cost',
};

function statusOf(run: ChatRun, reader: ResponseReader) {
  const { end } = reader;
  const completedAt = Math.floor((run.endedAtMs ?? run.createdAtMs + run.workedMs) / 1_000);
  const open = { completed_at: null, incomplete_details: null, error: null };
  if (end === undefined) return { ...open, status: 'in_progress' };
  const { reason } = end;
  switch (reason) {
    case 'done':
    case 'waiting':
      return { ...open, status: 'completed', completed_at: completedAt };
    case 'stopped':
      return { ...open, status: 'cancelled' };
    case 'failed': {
      const { error } = reader.facts;
      const said = error ?? { code: 'internal', message: 'The run failed.' };
      return { ...open, status: 'failed', error: { ...said } };
    }
    default: {
      const details = { reason: REASONS[reason] ?? reason };
      return { ...open, status: 'incomplete', incomplete_details: details };
    }
  }
}

function usageOf(reader: ResponseReader) {
  if (reader.end === undefined) return null;
  const { usage } = reader.facts;
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: usage.cachedTokens },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.inputTokens + usage.outputTokens,
  };
}
