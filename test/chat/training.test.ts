import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addPerson } from '../support/add-person.ts';
import { run } from '../../src/cli/run.ts';
import { trainingLimits } from '../../src/kernel/limits/chat/training-limits.ts';
import { agentWorld, contentOf, type AgentWorld, type Script } from './support/agent-world.ts';

const usage = { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 };
const script: Script = ({ messages }) => {
  const last = messages.at(-1);
  const isAsked = last?.role === 'user' && contentOf(last).includes('list');
  if (isAsked) return { toolCalls: [{ name: 'orders__list', arguments: '{}' }], usage };
  return { content: 'Ada is at ada.lovelace@mail.example.', usage };
};

interface Example {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly tools?: readonly unknown[];
}

async function examples(
  { url, apiKey }: AgentWorld,
  query = '',
): Promise<{ readonly text: string; readonly lines: readonly Example[] }> {
  const response = await fetch(`${url}/api/v1/chat/training${query}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const lines = text.split('\n').filter((line) => line !== '');
  return { text, lines: lines.map((line) => JSON.parse(line) as Example) };
}

test('conversations of who consents are exported, redacted and corrected', async () => {
  await using stack = new AsyncDisposableStack();
  const world = await agentWorld(stack, script);
  const { send } = world;
  const consent = '/api/v1/chat/consent';
  const first = await send('POST', '/chat', {
    message: 'list Ada, whose card is 4111 1111 1111 1111',
  });
  assert.equal(first.json['status'], 'finished');
  const conversation = String(first.json['session_id']);
  const message = String(first.json['message_id']);
  assert.deepEqual((await send('GET', consent)).json, { training: false, givenAtMs: null });
  assert.deepEqual((await examples(world)).lines, [], 'nobody said yes');

  assert.equal((await send('PUT', consent, { training: true })).json['training'], true);
  const whole = await examples(world);
  assert.equal(whole.lines.length, 1);
  assert.deepEqual(
    whole.lines[0]?.messages.map(({ role }) => role),
    ['user', 'assistant', 'tool', 'assistant'],
  );
  assert.equal(whole.lines[0]?.tools?.length, 1);
  assert.doesNotMatch(whole.text, /4111|ada\.lovelace/);
  assert.match(whole.text, /\[redacted:/);
  assert.deepEqual((await examples(world, '?rated=true')).lines, []);

  const feedback = `/api/v1/chat/conversations/${conversation}/feedback`;
  const tooLong = 'x'.repeat(trainingLimits.trainingCorrectionCharactersMax + 1);
  const give = (id: string, corrected: string | null) =>
    send('PUT', `${feedback}/${id}`, { rating: 'down', corrected });
  assert.equal((await give(message, tooLong)).status, 400);
  assert.equal((await give(message, tooLong.slice(1))).status, 200);
  assert.equal((await give('msg_none', null)).status, 404);
  assert.equal((await give(message, 'Ask Ada herself.')).status, 200);
  const listed = await send('GET', feedback);
  assert.match(JSON.stringify(listed.json), /"rating":"down","corrected":"Ask Ada herself\."/);
  const corrected = await examples(world, '?rated=true&format=chatml');
  assert.equal(corrected.lines[0]?.messages.at(-1)?.content, 'Ask Ada herself.');
  const printed: string[] = [];
  const terminal = { out: (text: string) => printed.push(text), error: assert.fail };
  const args = ['--url', world.url, '--key', world.apiKey];
  assert.equal(
    await run(['agents', 'examples', '--format', 'sharegpt', ...args], terminal as never),
    0,
  );
  assert.match(printed.join(''), /^\{"conversations":\[\{"from":"human"/);

  assert.equal((await send('DELETE', `${feedback}/${message}`)).status, 204);
  assert.equal((await give(message, null)).status, 200);
  assert.deepEqual((await examples(world)).lines, [], 'a bad answer is nothing to learn from');
  await send('DELETE', `${feedback}/${message}`);
  assert.equal((await examples(world)).lines.length, 1);
  await send('PUT', consent, { training: false });
  assert.deepEqual((await examples(world)).lines, [], 'it was taken back');
  const audited = await send('GET', '/api/v1/audit?limit=200');
  assert.match(JSON.stringify(audited.json), /exportTrainingExamples/);
});

test('erasing a person erases the consent with the conversations', async () => {
  await using stack = new AsyncDisposableStack();
  const world = await agentWorld(stack, script);
  const { send, url, apiKey } = world;
  const { login, password } = await addPerson(url, apiKey, 'developer');
  const signedIn = await send('POST', '/auth/authenticate', { login, password }, { key: '' });
  const key = String(signedIn.json['accessToken']);
  const said = await send('POST', '/chat', { message: 'Hello' }, { key });
  assert.equal(said.status, 200, JSON.stringify(said.json));
  await send('PUT', '/api/v1/chat/consent', { training: true }, { key });
  assert.equal((await examples(world)).lines.length, 1);
  const user = String(signedIn.json['userId']);
  const erased = await send('POST', `/api/v1/privacy/people/${user}/erasure`, {});
  assert.equal(erased.status, 200, JSON.stringify(erased.json));
  assert.match(JSON.stringify(erased.json), /"trainingConsents":1/);
  assert.deepEqual((await examples(world)).lines, []);
});
