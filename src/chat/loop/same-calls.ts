import { canonicalJson } from '../../kernel/canonical-json.ts';
import { limits } from '../../kernel/limits.ts';
import type { ChatMessage, ToolCallPart } from '../conversations/message.ts';

/** How often each call of a step was made in its run, itself included. */
export function countSameCalls(
  history: readonly ChatMessage[],
  runId: string,
  calls: readonly ToolCallPart[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const byCall = new Map<string, number>();
  const wanted = new Set(calls.map(({ callId }) => callId));
  const made = history.flatMap((message) => (message.runId === runId ? message.parts : []));
  for (const part of made) {
    if (part.type !== 'tool_call') continue;
    const key = `${part.tool}\n${canonicalJson(part.arguments)}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (wanted.has(part.callId)) byCall.set(part.callId, count);
  }
  return byCall;
}

/** Whether a call is one too many. */
export function isLoop(count: number): boolean {
  return count > limits.chatSameCallsMax;
}

/** What a model is told with the result of a call that it made before; undefined for nothing. */
export function sameCallNote(count: number): string | undefined {
  if (count < limits.chatSameCallNoteAt) return undefined;
  return (
    `[This very call was made ${count} times with the same arguments. Its result will not change ` +
    'by asking again: do something else, or answer with what is known. Once more ends the run.]'
  );
}
