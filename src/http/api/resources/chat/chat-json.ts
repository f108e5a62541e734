import type { z } from '@hono/zod-openapi';
import type { RunEvent, RunWait } from '../../../../chat/loop/agent-engine.ts';
import type { StepUsage } from '../../../../chat/conversations/message.ts';
import type { CostSummary, RunSummary } from '../../../../chat/runs/run-summary.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import type { chatAnswerSchema } from './chat-schemas.ts';

/** What `POST /chat` answers, of a run. */
export function answerJson(summary: RunSummary): z.output<typeof chatAnswerSchema> {
  const { run, answer, links, calls, usage, cost, waits, error, stopReason } = summary;
  return {
    session_id: run.conversationId,
    run_id: run.id,
    message_id: run.headId,
    status: run.status,
    answer,
    links: links.map(({ kind, url }) => ({ kind, url })),
    tool_calls: calls.map(({ callId, durationMs, arguments: given, ...call }) => ({
      id: callId,
      mark: call.mark,
      service: call.service,
      tool: call.tool,
      arguments: given,
      status: call.status,
      duration_ms: durationMs,
      cost: call.cost,
    })),
    usage: usageJson(usage),
    cost: costJson(cost),
    stop_reason: stopReason,
    error: error === null ? null : { ...error },
    waiting: waits.map(waitJson),
  };
}

function usageJson(usage: StepUsage) {
  return {
    input_tokens: usage.inputTokens,
    cached_tokens: usage.cachedTokens,
    output_tokens: usage.outputTokens,
    reasoning_tokens: usage.reasoningTokens,
    estimated: usage.isEstimated,
  };
}

/** What models cost. */
export function costJson({ amounts, isUnpriced }: CostSummary) {
  return {
    amounts: amounts.map(({ nano, currency }) => ({ amount: formatMoney(nano), currency })),
    unpriced: isUnpriced,
  };
}

/** What a run waits for. */
export function waitJson({ id, kind, callId, tool, message, url, schema }: RunWait) {
  const said = { id, kind, call_id: callId, tool, message, ...(url !== undefined && { url }) };
  return schema === undefined ? said : { ...said, schema: { ...schema } };
}

/** The data of an event as readers of a run get it; its type is the event's name. */
export function eventJson(event: RunEvent): object {
  switch (event.type) {
    case 'run_started':
      return { run_id: event.runId, model: event.model };
    case 'text':
    case 'reasoning':
    case 'note':
      return { text: event.text };
    case 'tool_call': {
      const { callId, mark, service, tool } = event;
      return { id: callId, mark, service, tool, arguments: event.arguments };
    }
    case 'tool_progress':
      return { id: event.callId, progress: event.progress };
    case 'tool_result': {
      const { callId, tool, end, content, durationMs } = event.result;
      const shown = content.map((part) =>
        part.type === 'text'
          ? part
          : { type: 'file', media_type: part.mediaType, artifact_id: part.artifactId },
      );
      const cost = event.cost;
      return { id: callId, tool, status: end, duration_ms: durationMs, content: shown, cost };
    }
    case 'waiting':
      return { waiting: event.waits.map(waitJson) };
    case 'step': {
      const { step, model, usage, cost } = event;
      const priced = cost && { amount: formatMoney(BigInt(cost.nano)), currency: cost.currency };
      const isVoid = event.isVoid === true ? { void: true } : {};
      return { step, model, usage: usageJson(usage), cost: priced, ...isVoid };
    }
    case 'error':
      return { code: event.code, message: event.message };
    case 'finished':
      return { stop_reason: event.reason };
    case 'resumed':
    case 'reset':
      return {};
  }
}
