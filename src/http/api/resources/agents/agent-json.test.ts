import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from '@hono/zod-openapi';
import { limits } from '../../../../kernel/limits.ts';
import { chatRequestSchema } from '../chat/chat-schemas.ts';
import { agentChangeSchema, newAgentSchema } from './agent-json.ts';
import { newCaseSchema } from './evaluation-json.ts';

const times = <Value>(count: number, value: (at: number) => Value): Value[] =>
  Array.from({ length: count }, (_, at) => value(at));
const long = (length: number): string => 'x'.repeat(length);
const settings = (change: object) => ({ settings: { prompt: '', ...change } });
const variable = (change: object) =>
  settings({ variables: [{ name: 'a', type: 'text', ...change }] });
const tools = (change: object) => settings({ tools: change });
const value = (text: string) => ({ message: 'x', agent: 'a', variables: { a: text } });

type Try = readonly [name: keyof typeof limits, schema: z.ZodType, make: (size: number) => object];

const tries: readonly Try[] = [
  ['agentNameCharactersMax', agentChangeSchema, (size) => ({ name: long(size) })],
  ['agentDescriptionCharactersMax', agentChangeSchema, (size) => ({ description: long(size) })],
  ['agentPromptCharactersMax', agentChangeSchema, (size) => settings({ prompt: long(size) })],
  [
    'agentVariablesMax',
    agentChangeSchema,
    (size) => settings({ variables: times(size, (at) => ({ name: `a${at}`, type: 'text' })) }),
  ],
  ['agentVariableNameLengthMax', agentChangeSchema, (size) => variable({ name: long(size) })],
  [
    'agentChoicesMax',
    agentChangeSchema,
    (size) => variable({ type: 'choice', choices: times(size, (at) => `${at}`) }),
  ],
  ['agentValueCharactersMax', agentChangeSchema, (size) => variable({ default: long(size) })],
  ['agentValueCharactersMax', chatRequestSchema, (size) => value(long(size))],
  [
    'agentVariablesMax',
    chatRequestSchema,
    (size) => ({
      message: 'x',
      variables: Object.fromEntries(times(size, (at) => [`a${at}`, at] as const)),
    }),
  ],
  [
    'agentFallbacksMax',
    agentChangeSchema,
    (size) => settings({ fallbacks: times(size, (at) => `p/${at}`) }),
  ],
  [
    'agentToolPatternsMax',
    agentChangeSchema,
    (size) => tools({ allowed: times(size, (at) => `a__${at}`) }),
  ],
  [
    'agentPinnedToolsMax',
    agentChangeSchema,
    (size) => tools({ pinned: times(size, (at) => `a__${at}`) }),
  ],
  ['agentTemperatureMax', agentChangeSchema, (size) => settings({ temperature: size })],
  [
    'evaluationPatternCharactersMax',
    newCaseSchema,
    (size) => ({ question: 'x', expected: { contains: [long(size)] } }),
  ],
  [
    'evaluationExpectationsMax',
    newCaseSchema,
    (size) => ({ question: 'x', expected: { calls: times(size, () => ({ tool: 'a' })) } }),
  ],
];

test('what is said of an agent is held to its bounds', () => {
  for (const [name, schema, make] of tries) {
    const most = limits[name] as number;
    const right = schema.safeParse(make(most));
    assert.ok(right.success, `${name}: ${JSON.stringify(right.error?.issues)}`);
    assert.ok(!schema.safeParse(make(most + 1)).success, `${name}: one more was taken`);
  }
});

test('an agent needs a slug, a name and a prompt, and nothing else', () => {
  const least = { slug: 'a', name: 'A', settings: { prompt: '' } };
  const made = newAgentSchema.parse(least);
  assert.deepEqual(made.settings, {
    prompt: '',
    model: null,
    fallbacks: [],
    tools: { allowed: null, pinned: [] },
    limits: { steps: null, seconds: null, parallelCalls: null, cost: null },
    variables: [],
    temperature: null,
    outputTokensMax: null,
  });
  for (const wrong of [{ slug: 'A b' }, { name: ' ' }, { settings: {} }, { more: 1 }]) {
    assert.ok(!newAgentSchema.safeParse({ ...least, ...wrong }).success, JSON.stringify(wrong));
  }
});
