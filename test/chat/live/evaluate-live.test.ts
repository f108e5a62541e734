import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startModelServer } from '../../support/start-model-server.ts';
import { evaluateLive, wrongWith } from './evaluate-live.ts';
import { liveProvider } from './live-provider.ts';

test('without a key it says plainly that it is not run', async () => {
  const lines: string[] = [];
  assert.equal(await evaluateLive({}, (line) => void lines.push(line)), 0);
  assert.match(lines.join('\n'), /^not run: there is no key of a model provider/);
});

test('a key names its provider, and what a question may cost where that is known', () => {
  const openai = liveProvider({ OPENAI_API_KEY: 'k' });
  assert.deepEqual([openai?.settings.kind, openai?.cost?.amount], ['openai', '0.10']);
  const own = liveProvider({ ANTHROPIC_API_KEY: 'k', EVAL_LIVE_MODEL: 'mine' });
  assert.deepEqual(
    [own?.settings.kind, own?.model.id, own?.cost],
    ['anthropic', 'mine', undefined],
  );
});

test('an answer is wrong by its end, its tools or its words', () => {
  const question = { id: 'q', text: '?', mustCall: ['a'], mayCall: ['b'], says: /yes/ };
  const said = (tools: readonly string[], answer = 'yes', stop_reason = 'done') => {
    const tool_calls = tools.map((tool) => ({ tool, status: 'ok' }));
    return wrongWith(question, { answer, stop_reason, tool_calls, error: null });
  };
  assert.equal(said(['a', 'b']), undefined);
  assert.match(said(['b']) ?? '', /did not call a/);
  assert.match(said(['a', 'c']) ?? '', /it called c/);
  assert.match(said(['a'], 'no') ?? '', /does not say/);
  assert.match(said(['a'], 'yes', 'steps') ?? '', /ended with steps/);
});

test('it asks a model over the wire, approves, and tells right from wrong', async () => {
  await using server = await startModelServer();
  const { mock } = server;
  const usage = { prompt_tokens: 100, completion_tokens: 10 };
  const answered = (userMessage: RegExp, content: string, name?: string, given: object = {}) => {
    if (name !== undefined) {
      const toolCalls = [{ name, arguments: JSON.stringify(given) }];
      mock.on({ userMessage, hasToolResult: false }, { toolCalls, usage });
    }
    mock.on({ userMessage }, { content, usage });
  };
  answered(/green-tea cost/, '750 cents', 'orders__listProducts');
  const items = [{ productId: 'green-tea', quantity: 2 }];
  const order = { 'Idempotency-Key': 'e1', body: { customer: 'Ada', items, note: null } };
  answered(/Order two/, 'The total is 15.00.', 'orders__placeOrder', order);
  answered(/17 plus 25/, 'It is 41.');
  answered(/./, 'I do not know.');
  const lines: string[] = [];
  const environment = { EVAL_LIVE_BASE_URL: server.baseUrl('openai_compatible') };
  assert.equal(await evaluateLive(environment, (line) => void lines.push(line)), 1);
  const text = lines.join('\n');
  assert.match(text, /right {2}one tool: .*\n +tools: orders__listProducts \(ok\)\n.*750 cents/);
  assert.match(text, /right {2}approval: .*\n +tools: orders__placeOrder \(ok\)/);
  assert.match(text, /200 tokens in, 20 out; unpriced/);
  assert.match(text, /WRONG {2}no tool: .*\n[^]*does not say/);
  assert.match(text, /\n2 of 6 right$/);
});
