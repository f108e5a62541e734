import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredMessage } from '../conversations/conversation.ts';
import { exampleOf, type ExampleTurn } from './example.ts';
import { formatExample, type Example } from './format-example.ts';
import type { Feedback } from './store.ts';

const message = (
  id: string,
  role: StoredMessage['role'],
  ...parts: StoredMessage['parts']
): StoredMessage => ({
  id,
  conversationId: 'cnv_1',
  parentId: null,
  role,
  parts,
  runId: 'chr_1',
  createdAtMs: 1,
});
const text = (words: string) => ({ type: 'text', text: words }) as const;
const call = (callId: string, tool: string) =>
  ({ type: 'tool_call', callId, mark: 't1', tool, arguments: { order: 7 } }) as const;
const result = (callId: string, tool: string, words: string) =>
  ({
    type: 'tool_result',
    callId,
    tool,
    end: 'ok',
    content: [text(words)],
    durationMs: 1,
    usageId: null,
  }) as const;
const file = { type: 'file', mediaType: 'image/png', artifactId: 'art_1' } as const;
const rated = (messageId: string, rating: Feedback['rating'], corrected: string | null = null) => ({
  messageId,
  rating,
  corrected,
  atMs: 1,
});

const branch: readonly StoredMessage[] = [
  message('u1', 'user', text('Late?'), file),
  message('a1', 'assistant', { type: 'reasoning', text: 'Hm.' }, call('c1', 'orders__list')),
  message('t1', 'tool', result('c1', 'orders__list', '17')),
  message('a2', 'assistant', text('17 [t1].')),
  message('u2', 'user', text('And 18?')),
  message('a3', 'assistant', text('No.')),
];
const said = (turns: readonly ExampleTurn[] | undefined) =>
  turns?.map((turn) => (turn.role === 'tool' ? '-' : turn.text));

test('an example ends with an answer that nobody called bad', () => {
  assert.deepEqual(said(exampleOf(branch, [], false)), [
    'Late?\n[a file, image/png]',
    '',
    '-',
    '17 [t1].',
    'And 18?',
    'No.',
  ]);
  assert.equal(exampleOf(branch, [], true), undefined, 'nobody called an answer good');
  assert.equal(exampleOf(branch, [rated('a3', 'up')], true)?.length, 6);
  const bad = exampleOf(branch, [rated('a3', 'down')], false);
  assert.deepEqual(said(bad)?.at(-1), '17 [t1].', 'a bad answer goes with its question');
  assert.equal(exampleOf(branch, [rated('a2', 'down')], false), undefined);
  const corrected = exampleOf(branch, [rated('a2', 'down', '17 and 21.')], true);
  assert.deepEqual(said(corrected)?.slice(-2), ['-', '17 and 21.'], 'and ends the example');
  const open = branch.slice(0, 3);
  assert.equal(exampleOf(open, [], false), undefined, 'a run that was cut short is no example');
  assert.equal(exampleOf([], [], false), undefined);
});

const example: Example = {
  system: 'Be brief.',
  turns: [
    { role: 'user', text: 'Late?' },
    {
      role: 'assistant',
      text: '',
      calls: [
        { id: 'c1', tool: 'orders__list', arguments: { late: true } },
        { id: 'c2', tool: 'maps__draw.map', arguments: {} },
      ],
    },
    {
      role: 'tool',
      results: [
        { id: 'c1', tool: 'orders__list', text: '17' },
        { id: 'c2', tool: 'maps__draw.map', text: 'drawn' },
      ],
    },
    { role: 'assistant', text: '17.', calls: [] },
  ],
  tools: ['orders__list', 'maps__draw.map'].map((name) => ({
    name,
    description: name,
    parameters: { type: 'object' },
  })),
};

type Line = Readonly<Record<string, unknown>>;
const lineOf = (format: Parameters<typeof formatExample>[0], given = example): Line => {
  const written = formatExample(format, given);
  assert.match(written, /^[^\n]+\n$/, 'one line');
  return JSON.parse(written) as Line;
};

test('OpenAI gets arguments as texts, open models as objects, every call its result', () => {
  const [openai, chatml] = [lineOf('openai'), lineOf('chatml')];
  const messages = openai['messages'] as readonly Line[];
  assert.deepEqual(
    messages.map(({ role }) => role),
    ['system', 'user', 'assistant', 'tool', 'tool', 'assistant'],
  );
  const calls = messages[2]?.['tool_calls'] as readonly {
    readonly id: string;
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  assert.deepEqual(calls[0], {
    id: 'c1',
    type: 'function',
    function: { name: 'orders__list', arguments: '{"late":true}' },
  });
  const ids = messages.flatMap(({ tool_call_id: id }) => id ?? []);
  assert.deepEqual(ids, ['c1', 'c2']);
  const tools = openai['tools'] as readonly { readonly function: { readonly name: string } }[];
  const told = tools.map(({ function: { name } }) => name);
  assert.deepEqual(
    told,
    calls.map(({ function: { name } }) => name),
  );
  for (const name of told) assert.match(name, /^[\w-]{1,64}$/, 'as providers take names');
  const open = JSON.stringify(chatml);
  assert.match(open, /"function":\{"name":"orders__list","arguments":\{"late":true\}\}/);
  assert.match(open, /"role":"tool","tool_call_id":"c1","name":"orders__list","content":"17"/);
});

test('ShareGPT alternates: what is asked or observed, then what is said or called', () => {
  const line = lineOf('sharegpt');
  const turns = line['conversations'] as readonly { from: string; value: string }[];
  assert.deepEqual(
    turns.map(({ from }) => from),
    ['human', 'function_call', 'observation', 'gpt'],
  );
  assert.equal((JSON.parse(turns[1]?.value ?? '') as unknown[]).length, 2);
  assert.equal(turns[2]?.value, '17\ndrawn');
  assert.equal(line['system'], 'Be brief.');
  assert.equal((JSON.parse(String(line['tools'])) as unknown[]).length, 2);
  const plain = lineOf('sharegpt', { system: '', turns: example.turns.slice(-1), tools: [] });
  assert.deepEqual(Object.keys(plain), ['conversations']);
});
