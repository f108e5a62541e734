import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { evaluationLimits } from '../../src/kernel/limits/chat/evaluation-limits.ts';
import { agentWorld, contentOf, type AgentWorld, type Script } from './support/agent-world.ts';

const agents = '/api/v1/chat/agents';
const usage = { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 };

/** Looks something up when its prompt says so, and wants to cancel something when it is asked. */
const script: Script = ({ messages }) => {
  const last = messages.at(-1);
  const isAsked = last?.role === 'user';
  const prompt = contentOf(messages[0]);
  if (isAsked && contentOf(last).includes('Cancel')) {
    return { toolCalls: [{ name: 'orders__cancel', arguments: '{"id":7}' }], usage };
  }
  if (isAsked && prompt.includes('Look it up')) {
    return { toolCalls: [{ name: 'orders__get', arguments: '{"id":17,"full":true}' }], usage };
  }
  return { content: prompt.includes('Look it up') ? 'Order 17 is late.' : 'I guess so.', usage };
};

interface Answer {
  readonly failures: readonly string[];
  readonly calls: readonly { readonly tool: string; readonly status: string }[];
}
interface Report {
  readonly state: string;
  readonly versions: readonly number[];
  readonly passed: readonly number[];
  readonly results: readonly { readonly answers: readonly Answer[] }[];
}

async function evaluated({ send }: AgentWorld, id: string, body: object = {}) {
  const begun = await send('POST', `${agents}/${id}/evaluations`, body);
  assert.equal(begun.status, 202, JSON.stringify(begun.json));
  const reportId = String(begun.json['id']);
  for (;;) {
    const { json } = await send('GET', `${agents}/${id}/evaluations/${reportId}`);
    const report = json as unknown as Report;
    if (report.state !== 'running') return { reportId, report };
    await sleep(20);
  }
}

test('versions are tried side by side, and one that became worse is not published', async () => {
  await using stack = new AsyncDisposableStack();
  const world = await agentWorld(stack, script);
  const { send } = world;
  const settings = (prompt: string) => ({ model: 'own/one', prompt });
  const made = await send('POST', agents, {
    slug: 'support',
    name: 'Support',
    settings: settings('Look it up.'),
  });
  const id = String(made.json['id']);
  const add = (body: object) => send('POST', `${agents}/${id}/cases`, body);
  assert.equal((await send('POST', `${agents}/${id}/evaluations`, {})).status, 409, 'no cases');
  assert.equal((await add({ question: 'x', expected: { matches: ['('] } })).status, 400);
  const most = evaluationLimits.evaluationExpectationsMax;
  const many = (count: number) => ({ contains: Array.from({ length: count }, () => 'late') });
  assert.equal((await add({ question: 'Is 17 late?', expected: many(most + 1) })).status, 400);
  const typed = await add({
    question: 'Is 17 late?',
    expected: { ...many(most), calls: [{ tool: 'orders__get', arguments: { id: 17 } }] },
  });
  assert.equal(typed.status, 201, JSON.stringify(typed.json));
  await send('POST', `${agents}/${id}/publish`, {});

  const said = await send('POST', '/chat', { agent: 'support', message: 'And order 18?' });
  const conversation = String(said.json['session_id']);
  const read = await send('GET', `/api/v1/chat/conversations/${conversation}`);
  const [question] = read.json['messages'] as readonly { readonly id: string }[];
  const recorded = await add({ conversation, message: question?.id });
  assert.match(JSON.stringify(recorded.json), /"question":"And order 18\?".*"id":17,"full":true/);
  assert.equal((await add({ conversation, message: 'msg_none' })).status, 404);

  const alone = await evaluated(world, id);
  assert.deepEqual([alone.report.versions, alone.report.passed], [[1], [2]]);
  const listed = await send('GET', '/api/v1/chat/conversations');
  assert.equal((listed.json['conversations'] as unknown[]).length, 1, 'it leaves none behind');

  await send('PATCH', `${agents}/${id}`, { settings: settings('Guess.') });
  const worse = await evaluated(world, id);
  assert.deepEqual(
    [worse.report.versions, worse.report.passed],
    [
      [1, 2],
      [2, 0],
    ],
  );
  const [, guessed] = worse.report.results[0]?.answers ?? [];
  assert.deepEqual(guessed?.failures.slice(0, 2), [
    'orders__get was not called with {"id":17}.',
    'The answer has no "late".',
  ]);
  const publish = (evaluation: string) => send('POST', `${agents}/${id}/publish`, { evaluation });
  const refused = await publish(worse.reportId);
  assert.deepEqual([refused.status, refused.json['code']], [409, 'conflict']);
  assert.match(String(refused.json['detail']), /2 cases fail that did not/);

  await send('PATCH', `${agents}/${id}`, { settings: settings('Look it up, be kind.') });
  assert.match(String((await publish(worse.reportId)).json['detail']), /draft was changed since/);
  const better = await evaluated(world, id);
  assert.deepEqual(better.report.passed, [2, 2]);
  assert.equal((await publish(better.reportId)).json['published'], 2);
});

test('a case refuses what needs an approval, and leaves no conversation behind', async () => {
  await using stack = new AsyncDisposableStack();
  const world = await agentWorld(stack, script);
  const { send, called } = world;
  const settings = { model: 'own/one', prompt: 'Guess.' };
  const made = await send('POST', agents, { slug: 'support', name: 'Support', settings });
  const id = String(made.json['id']);
  const add = (body: object) => send('POST', `${agents}/${id}/cases`, body);
  await add({ question: 'Cancel it.', expected: { notCalled: ['orders__list'] } });
  const asking = await evaluated(world, id);
  const [cancelled] = asking.report.results.at(-1)?.answers ?? [];
  assert.deepEqual(cancelled?.calls, [
    { tool: 'orders__cancel', arguments: { id: 7 }, status: 'denied' },
  ]);
  assert.equal(called.includes('cancel'), false, 'nobody approved it');
});
