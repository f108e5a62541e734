import type { Json, JsonObject } from '../../kernel/json.ts';
import { ToolNames } from '../tools/tool-names.ts';
import type { ExampleCall, ExampleTurn } from './example.ts';

/** The forms that examples are written in. */
export const trainingFormats = ['openai', 'chatml', 'sharegpt'] as const;

/** One of them. */
export type TrainingFormat = (typeof trainingFormats)[number];

/** A tool as an example tells of it. */
export interface ExampleTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
}

/** A conversation to learn from, redacted. */
export interface Example {
  /** Empty for none. */
  readonly system: string;
  readonly turns: readonly ExampleTurn[];
  /** Those that were called, by their public names. */
  readonly tools: readonly ExampleTool[];
}

/**
 * An example as one line of JSON: `openai` as OpenAI's fine-tuning of chats with tools takes it,
 * `chatml` as the chat templates of open models do (arguments are objects), `sharegpt` with its
 * `from` and `value`, where a step that calls tools is its calls alone.
 */
export function formatExample(format: TrainingFormat, example: Example): string {
  const names = new ToolNames(example.tools.map(({ name }) => name));
  const tools = example.tools.map((tool) => ({ ...tool, name: names.sent(tool.name) }));
  const line =
    format === 'sharegpt'
      ? sharegpt(example, tools, names)
      : messages(format, example, tools, names);
  return `${JSON.stringify(line)}\n`;
}

function messages(
  format: 'openai' | 'chatml',
  { system, turns }: Example,
  tools: readonly ExampleTool[],
  names: ToolNames,
): Json {
  const call = ({ id, tool, arguments: given }: ExampleCall): JsonObject => {
    const said = format === 'openai' ? JSON.stringify(given) : given;
    return { id, type: 'function', function: { name: names.sent(tool), arguments: said } };
  };
  const entries = turns.flatMap((turn): readonly JsonObject[] => {
    if (turn.role === 'user') return [{ role: 'user', content: turn.text }];
    if (turn.role === 'assistant') {
      const { text, calls } = turn;
      if (calls.length === 0) return [{ role: 'assistant', content: text }];
      return [{ role: 'assistant', content: text, tool_calls: calls.map(call) }];
    }
    return turn.results.map(({ id, tool, text }) => ({
      role: 'tool',
      tool_call_id: id,
      ...(format === 'openai' ? {} : { name: names.sent(tool) }),
      content: text,
    }));
  });
  const head = system === '' ? [] : [{ role: 'system', content: system }];
  const told = tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: { name, description, parameters },
  }));
  return { messages: [...head, ...entries], ...(told.length === 0 ? {} : { tools: told }) };
}

function sharegpt(
  { system, turns }: Example,
  tools: readonly ExampleTool[],
  names: ToolNames,
): Json {
  const call = ({ tool, arguments: given }: ExampleCall): JsonObject => ({
    name: names.sent(tool),
    arguments: given,
  });
  const conversations = turns.map((turn): JsonObject => {
    if (turn.role === 'user') return { from: 'human', value: turn.text };
    if (turn.role === 'tool') {
      return { from: 'observation', value: turn.results.map(({ text }) => text).join('\n') };
    }
    const { text, calls } = turn;
    if (calls.length === 0) return { from: 'gpt', value: text };
    const all = calls.map(call);
    return { from: 'function_call', value: JSON.stringify(all.length === 1 ? all[0] : all) };
  });
  return {
    conversations,
    ...(system === '' ? {} : { system }),
    ...(tools.length === 0 ? {} : { tools: JSON.stringify(tools) }),
  };
}
