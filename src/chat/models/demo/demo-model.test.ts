import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4Message,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import * as fc from 'fast-check';
import { readUsage } from '../wire/read-usage.ts';
import { demoModel } from './demo-model.ts';
import { fillArguments } from './fill-arguments.ts';

const toolOf = (
  name: string,
  description: string,
  properties: object = {},
  required: string[] = [],
): LanguageModelV4FunctionTool => ({
  type: 'function',
  name,
  description,
  inputSchema: {
    type: 'object',
    properties,
    required,
  } as LanguageModelV4FunctionTool['inputSchema'],
});

const city = { city: { type: 'string' } };
const tools = [
  toolOf('mail__send', 'Sends a message to somebody', { to: { type: 'string' } }, ['to']),
  toolOf('weather__forecast', 'The weather of the next days in a city', city, ['city']),
  toolOf('maths__add', 'Adds two numbers', { a: { type: 'number' }, b: { type: 'number' } }, [
    'a',
    'b',
  ]),
];

const asked = (text: string, ...more: LanguageModelV4Message[]): LanguageModelV4CallOptions => ({
  prompt: [
    { role: 'system', content: 'You help.' },
    { role: 'user', content: [{ type: 'text', text }] },
    ...more,
  ],
  tools,
});

async function stream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamPart[]> {
  const parts: LanguageModelV4StreamPart[] = [];
  for await (const part of (await demoModel.doStream(options)).stream) parts.push(part);
  return parts;
}

async function callOf(text: string): Promise<readonly [string, unknown] | string> {
  const parts = await stream(asked(text));
  const call = parts.find((part) => part.type === 'tool-call');
  if (call?.type === 'tool-call') return [call.toolName, JSON.parse(call.input)];
  return parts.flatMap((part) => (part.type === 'text-delta' ? part.delta : [])).join('');
}

test('it picks a tool by the words of the question and fills its arguments', async () => {
  assert.deepEqual(await callOf('What is the weather in Oslo?'), [
    'weather__forecast',
    { city: 'Oslo' },
  ]);
  assert.deepEqual(await callOf('add 3 and 4.5 please'), ['maths__add', { a: 3, b: 4.5 }]);
  assert.deepEqual(await callOf('forecast city="New York"'), [
    'weather__forecast',
    { city: 'New York' },
  ]);
});

test('it says what it lacks, and always that it is no language model', async () => {
  for (const text of ['add 3', 'sing a song']) {
    assert.match(String(await callOf(text)), /^This is the built-in demo, no language model/);
  }
  assert.match(String(await callOf('add 3')), /maths__add.*it needs b/);
  assert.match(String(await callOf('sing a song')), /none of the tools/);
  const without = await stream({ ...asked('weather in Oslo'), tools: [] });
  assert.ok(without.every(({ type }) => type !== 'tool-call'));
});

test('it answers with what came back, in pieces, and does not call again', async () => {
  const output = { type: 'text', value: 'Rain, 7 degrees' } as const;
  const call = { toolCallId: 'x', toolName: 'weather__forecast' };
  const options = asked(
    'weather in Oslo',
    { role: 'assistant', content: [{ type: 'tool-call', ...call, input: { city: 'Oslo' } }] },
    { role: 'tool', content: [{ type: 'tool-result', ...call, output }] },
  );
  const parts = await stream(options);
  const deltas = parts.flatMap((part) => (part.type === 'text-delta' ? [part.delta] : []));
  assert.ok(deltas.length > 5);
  assert.match(deltas.join(''), /no language model[^]*weather__forecast, and it said: Rain, 7/);
  const finish = parts.at(-1);
  assert.ok(finish?.type === 'finish' && finish.finishReason.unified === 'stop');
  assert.ok((readUsage(finish.usage)?.inputTokens ?? 0) > 0);
  assert.deepEqual(await stream(options), parts, 'the same again');
  const whole = await demoModel.doGenerate(options);
  assert.deepEqual(whole.content, [{ type: 'text', text: deltas.join('') }]);
});

test('it stops when it is told to', async () => {
  const controller = new AbortController();
  const { stream: parts } = await demoModel.doStream({
    ...asked('sing a song'),
    abortSignal: controller.signal,
  });
  const reader = parts.getReader();
  await reader.read();
  controller.abort();
  await assert.rejects(async () => {
    for (;;) if ((await reader.read()).done) return;
  });
});

test('any question and any schema give arguments that are plain data', () => {
  const name = fc.oneof(fc.string({ maxLength: 8 }), fc.constant('__proto__'));
  const type = fc.constantFrom('string', 'number', 'integer', 'boolean', 'array', 'object');
  fc.assert(
    fc.property(fc.string(), fc.array(fc.tuple(name, type)), (question, fields) => {
      const properties = Object.fromEntries(fields.map(([key, kind]) => [key, { type: kind }]));
      const required = fields.map(([key]) => key);
      const { values, missing } = fillArguments(question, toolOf('t', 'd', properties, required));
      assert.equal(Object.getPrototypeOf(values), Object.prototype);
      for (const key of required) {
        assert.ok(Object.hasOwn(values, key) || missing.includes(key));
      }
    }),
  );
});
