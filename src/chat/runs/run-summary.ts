import type { Json } from '../../kernel/json.ts';
import type { StoredMessage } from '../conversations/conversation.ts';
import { textOf } from '../conversations/text-of.ts';
import type { StepUsage } from '../conversations/message.ts';
import type { RunEvent, RunWait, StopReason } from '../loop/agent-engine.ts';
import { outwardLinks, type OutwardLink } from '../loop/outward-links.ts';
import type { ChatRun, NumberedEvent } from '../chat-run.ts';

/** One call of a tool, as answers list it. */
export interface CallSummary {
  readonly callId: string;
  readonly mark: string;
  /** The service's slug; null for a tool that there is not. */
  readonly service: string | null;
  readonly tool: string;
  readonly arguments: Json;
  /** `waiting` and `running` until it has an end. */
  readonly status: 'waiting' | 'running' | 'ok' | 'error' | 'denied' | 'interrupted';
  readonly durationMs: number | null;
  readonly cost: Json;
}

/** What models cost: a sum for each currency. */
export interface CostSummary {
  readonly amounts: readonly { readonly nano: bigint; readonly currency: string }[];
  /** Whether a step of a model without a price is missing in the sums. */
  readonly isUnpriced: boolean;
}

/** What came of a run, so far or for good. */
export interface RunSummary {
  readonly run: ChatRun;
  /** The text of its last message; empty until there is any. */
  readonly answer: string;
  /** Addresses in it that whoever shows it should not load unasked. */
  readonly links: readonly OutwardLink[];
  readonly calls: readonly CallSummary[];
  readonly usage: StepUsage;
  readonly cost: CostSummary;
  readonly waits: readonly RunWait[];
  /** What failed, when something did. */
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly stopReason: StopReason | null;
  /** The number of the last event that is in it. */
  readonly lastSeq: number;
}

const nothing: StepUsage = {
  inputTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  isEstimated: false,
};

/** Sums a run up from its messages and its events. */
export function summarizeRun(
  run: ChatRun,
  messages: readonly StoredMessage[],
  events: readonly NumberedEvent[],
  waits: readonly RunWait[],
): RunSummary {
  const waiting = new Set(run.status === 'waiting' ? waits.map(({ callId }) => callId) : []);
  const calls = new Map<string, CallSummary>();
  const sums = new Map<string, bigint>();
  let usage = nothing;
  let isUnpriced = false;
  let error: RunSummary['error'] = null;
  for (const { event } of events) {
    if (event.type === 'tool_call') calls.set(event.callId, begun(event, waiting));
    if (event.type === 'tool_result') {
      const { callId, end, durationMs } = event.result;
      const call = calls.get(callId);
      if (call === undefined) continue;
      calls.set(callId, { ...call, status: end, durationMs, cost: event.cost });
    }
    if (event.type === 'step') {
      usage = added(usage, event.usage);
      if (event.cost === null) isUnpriced = true;
      else {
        const { currency, nano } = event.cost;
        sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(nano));
      }
    }
    if (event.type === 'error') error = { code: event.code, message: event.message };
  }
  const amounts = [...sums].map(([currency, nano]) => ({ currency, nano }));
  const answer = answerOf(run, messages);
  return {
    run,
    answer,
    links: outwardLinks(answer, messages),
    calls: [...calls.values()],
    usage,
    cost: { amounts, isUnpriced },
    waits: run.status === 'waiting' ? waits : [],
    error,
    stopReason: run.stopReason,
    lastSeq: events.at(-1)?.seq ?? 0,
  };
}

function begun(
  { callId, mark, service, tool, arguments: given }: Extract<RunEvent, { type: 'tool_call' }>,
  waiting: ReadonlySet<string>,
): CallSummary {
  const status = waiting.has(callId) ? 'waiting' : 'running';
  return { callId, mark, service, tool, arguments: given, status, durationMs: null, cost: null };
}

function answerOf(run: ChatRun, messages: readonly StoredMessage[]): string {
  const last = messages.findLast(({ runId, role }) => runId === run.id && role === 'assistant');
  return textOf(last?.parts ?? []);
}

function added(one: StepUsage, other: StepUsage): StepUsage {
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    cachedTokens: one.cachedTokens + other.cachedTokens,
    cacheWriteTokens: one.cacheWriteTokens + other.cacheWriteTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    reasoningTokens: one.reasoningTokens + other.reasoningTokens,
    isEstimated: one.isEstimated || other.isEstimated,
  };
}
