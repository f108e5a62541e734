import type { NumberedEvent } from '../../../../chat/chat-run.ts';
import type { RunEvent } from '../../../../chat/loop/agent-engine.ts';
import type { RunSummary } from '../../../../chat/runs/run-summary.ts';
import type { JsonObject } from '../../../../kernel/json.ts';
import { answerJson, eventJson, waitJson } from './chat-json.ts';

/** One part of a UI message stream, version 1 (ai-sdk.dev/docs/ai-sdk-ui/stream-protocol). */
export type UiChunk = Readonly<Record<string, unknown>> & { readonly type: string };

/** Says what the events of a run are as parts of one UI message. */
export class UiChunks {
  readonly #open = {
    text: undefined as string | undefined,
    reasoning: undefined as string | undefined,
  };
  #parts = 0;

  /** The beginning of the message. */
  *start(messageId: string, sessionId: string, runId: string): Generator<UiChunk> {
    yield { type: 'start', messageId };
    yield { type: 'data-run', data: { session_id: sessionId, run_id: runId } };
    yield { type: 'start-step' };
  }

  /** The parts of an event. */
  *of({ event }: Pick<NumberedEvent, 'event'>): Generator<UiChunk> {
    if (event.type === 'text' || event.type === 'reasoning') {
      yield* this.#delta(event.type, event.text);
      return;
    }
    yield* this.#close();
    yield* partsOf(event);
  }

  /** The end of the message, with what came of the run. */
  *end(summary: RunSummary): Generator<UiChunk> {
    yield* this.#close();
    const { cost, usage, waiting, status, stop_reason: reason } = answerJson(summary);
    yield { type: 'data-cost', id: 'cost', data: { ...cost, usage } };
    if (waiting.length > 0) yield { type: 'data-waiting', id: 'waiting', data: waiting };
    yield { type: 'finish-step' };
    const messageMetadata = { status, stopReason: reason, messageId: summary.run.headId };
    yield { type: 'finish', messageMetadata };
  }

  *#delta(kind: 'text' | 'reasoning', delta: string): Generator<UiChunk> {
    const other = kind === 'text' ? 'reasoning' : 'text';
    if (this.#open[other] !== undefined) yield* this.#close();
    let id = this.#open[kind];
    if (id === undefined) {
      id = `${kind}-${++this.#parts}`;
      this.#open[kind] = id;
      yield { type: `${kind}-start`, id };
    }
    yield { type: `${kind}-delta`, id, delta };
  }

  *#close(): Generator<UiChunk> {
    for (const kind of ['text', 'reasoning'] as const) {
      const id = this.#open[kind];
      if (id === undefined) continue;
      this.#open[kind] = undefined;
      yield { type: `${kind}-end`, id };
    }
  }
}

function* partsOf(event: RunEvent): Generator<UiChunk> {
  switch (event.type) {
    case 'tool_call': {
      const { callId: toolCallId, tool: toolName, arguments: input } = event;
      yield { type: 'tool-input-start', toolCallId, toolName, dynamic: true };
      yield { type: 'tool-input-available', toolCallId, toolName, input, dynamic: true };
      return;
    }
    case 'tool_result': {
      const { callId: toolCallId, end, content } = event.result;
      if (end === 'ok') {
        const output = (eventJson(event) as { readonly content: unknown }).content;
        yield { type: 'tool-output-available', toolCallId, output, dynamic: true };
        return;
      }
      const texts = content.flatMap((part) => (part.type === 'text' ? part.text : []));
      const errorText = texts.join('\n') || end;
      yield { type: 'tool-output-error', toolCallId, errorText, dynamic: true };
      return;
    }
    case 'waiting':
      yield { type: 'data-waiting', id: 'waiting', data: event.waits.map(waitJson) };
      return;
    case 'error':
      yield { type: 'error', errorText: event.message };
      return;
    case 'step':
      yield { type: 'finish-step' };
      yield { type: 'start-step' };
      return;
    case 'tool_progress':
    case 'note':
    case 'reset': {
      const data = eventJson(event) as JsonObject;
      yield { type: `data-${event.type.replace('_', '-')}`, data, transient: true };
      return;
    }
    default:
      return;
  }
}
