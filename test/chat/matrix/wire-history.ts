import assert from 'node:assert/strict';
import type { ChatWire } from '../../support/chat/wire-models.ts';

/** What one request told a provider of calls, in the order in which it stands there. */
export interface ToldHistory {
  readonly model: string;
  readonly tools: readonly string[];
  readonly calls: readonly string[];
  readonly results: readonly string[];
}

type Item = Readonly<Record<string, unknown>>;

const items = (value: unknown): readonly Item[] => (Array.isArray(value) ? (value as Item[]) : []);
const ids = (list: readonly Item[], name: string): readonly string[] =>
  list.map((item) => String(item[name]));
const ofType = (list: readonly Item[], type: string): readonly Item[] =>
  list.filter((item) => item['type'] === type);

/** Reads a request's body on its wire. */
export function readHistory(wire: ChatWire, body: string): ToldHistory {
  const sent = JSON.parse(body) as Item;
  const model = String(sent['model']);
  const tools = items(sent['tools']).map((tool) =>
    String(((tool['function'] ?? tool) as Item)['name']),
  );
  if (wire === 'openai') {
    const input = items(sent['input']);
    const calls = ids(ofType(input, 'function_call'), 'call_id');
    const results = ids(ofType(input, 'function_call_output'), 'call_id');
    return { model, tools, calls, results };
  }
  const messages = items(sent['messages']);
  if (wire === 'anthropic') {
    const blocks = messages.flatMap(({ content }) => items(content));
    const calls = ids(ofType(blocks, 'tool_use'), 'id');
    return { model, tools, calls, results: ids(ofType(blocks, 'tool_result'), 'tool_use_id') };
  }
  const calls = ids(
    messages.flatMap((message) => items(message['tool_calls'])),
    'id',
  );
  const answered = messages.filter(({ role }) => role === 'tool');
  return { model, tools, calls, results: ids(answered, 'tool_call_id') };
}

/** Every call has its result, once, in the same order: what providers refuse otherwise. */
export function assertNoOrphans({ calls, results }: ToldHistory): void {
  assert.deepEqual(results, calls);
  assert.equal(new Set(calls).size, calls.length);
}

/** Every message with calls is followed by their results, as these two wires want it. */
export function assertAnsweredAtOnce(wire: ChatWire, body: string): void {
  const messages = items((JSON.parse(body) as Item)['messages']);
  messages.forEach((message, at) => {
    if (wire === 'anthropic') {
      const called = ids(ofType(items(message['content']), 'tool_use'), 'id');
      if (called.length === 0) return;
      const next = ofType(items(messages[at + 1]?.['content']), 'tool_result');
      assert.deepEqual(ids(next, 'tool_use_id'), called);
    } else {
      const called = ids(items(message['tool_calls']), 'id');
      const next = messages.slice(at + 1, at + 1 + called.length);
      assert.deepEqual(ids(next, 'tool_call_id'), called);
    }
  });
}
