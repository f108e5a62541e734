import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { agentWorld, contentOf, type AgentWorld, type Script } from './support/agent-world.ts';

const agents = '/api/v1/chat/agents';
const usage = { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 };

/** Says what it was told to be; a message that names a tool has it called first. */
const script: Script = ({ messages }) => {
  const last = messages.at(-1);
  const wanted = /^call (\S+)$/.exec(contentOf(last));
  if (last?.role === 'user' && wanted !== null) {
    return { toolCalls: [{ name: wanted[1] ?? '', arguments: '{}' }], usage };
  }
  return { content: 'Done [t1] [t9].', usage };
};

const settings = {
  model: 'own/two',
  tools: { allowed: ['orders__get', 'orders__list'] },
  limits: { steps: 4 },
  prompt: 'You help in {{city}}.',
  variables: [{ name: 'city', type: 'text', isRequired: true }],
  temperature: 0.25,
  outputTokensMax: 300,
};

async function made(world: AgentWorld, more: object = {}): Promise<string> {
  const body = { slug: 'support', name: 'Support', settings, ...more };
  const came = await world.send('POST', agents, body);
  assert.equal(came.status, 201, JSON.stringify(came.json));
  return String(came.json['id']);
}

async function viewerKey(world: AgentWorld): Promise<string> {
  const account = { name: 'robot', roles: ['viewer'] };
  const robot = await world.send('POST', '/api/v1/service-accounts', account);
  assert.equal(robot.status, 201, JSON.stringify(robot.json));
  const wanted = { name: 'its key', serviceAccountId: robot.json['id'] };
  const key = await world.send('POST', '/api/v1/keys', wanted);
  assert.equal(key.status, 201, JSON.stringify(key.json));
  return String(key.json['apiKey'] ?? key.json['key'] ?? key.json['secret']);
}

const variables = { city: 'Bern' };

test('a chat with an agent has its prompt, model and tools, and keeps its version', async () => {
  await using stack = new AsyncDisposableStack();
  const world = await agentWorld(stack, script);
  const { send, asked, called } = world;
  const id = await made(world);
  const chat = (body: object, key?: string) =>
    send('POST', '/chat', body, key === undefined ? {} : { key });
  const begin = { agent: 'support', variables };
  assert.equal((await chat({ ...begin, message: 'Hello' })).status, 404, 'nothing is published');
  const tried = await chat({ ...begin, agent_version: 1, message: 'Hello' });
  assert.equal(tried.status, 200, 'who manages agents may try a draft');
  const published = await send('POST', `${agents}/${id}/publish`, {}, { ifMatch: '"1"' });
  assert.deepEqual([published.status, published.etag], [200, '"2"']);

  const first = await chat({ ...begin, message: 'call orders__get' });
  assert.equal(first.json['answer'], 'Done [t1] .', 'a mark of a call that never was is taken out');
  assert.deepEqual(called, ['get']);
  const body = asked().at(-1) ?? assert.fail();
  const [system] = body.messages;
  assert.match(contentOf(system), /^You help in <value name="city">Bern<\/value>\./);
  assert.deepEqual([body.model, body.temperature, body.max_tokens], ['two', 0.25, 300]);
  const offered = (body.tools ?? []).map(({ function: { name } }) => name);
  assert.deepEqual(offered.toSorted(), ['orders__get', 'orders__list', 'read_result']);

  // A tool outside of its patterns does not exist for it, whatever its user may use.
  const refused = await chat({ ...begin, message: 'call orders__cancel' });
  assert.deepEqual(called, ['get']);
  const [call] = refused.json['tool_calls'] as readonly { readonly status: string }[];
  assert.equal(call?.status, 'error');
  assert.match(JSON.stringify(asked().at(-1)), /There is no tool of the name/);

  const other = { ...settings, prompt: 'Be brief.', variables: [] };
  assert.equal((await send('PATCH', `${agents}/${id}`, { settings: other })).status, 200);
  assert.equal((await send('POST', `${agents}/${id}/publish`, {})).json['published'], 2);
  const session_id = String(first.json['session_id']);
  await chat({ session_id, message: 'And now?' });
  assert.match(
    JSON.stringify(asked().at(-1)?.messages[0]),
    /You help in/,
    'it goes on as it began',
  );
  await chat({ agent: 'support', message: 'Hello' });
  assert.match(contentOf(asked().at(-1)?.messages[0]), /^Be brief\./);
  const read = await send('GET', `/api/v1/chat/conversations/${session_id}`);
  assert.deepEqual(read.json['agent'], { id, version: 1 });

  const viewer = await viewerKey(world);
  assert.equal((await chat({ agent: 'support', message: 'Hello' }, viewer)).status, 200);
  const old = await chat({ ...begin, agent_version: 1, message: 'Hello' }, viewer);
  assert.equal(old.status, 403);
  assert.equal((await send('POST', `${agents}/${id}/publish`, {}, { key: viewer })).status, 403);

  assert.equal((await send('DELETE', `${agents}/${id}`)).status, 204);
  const gone = await chat({ session_id, message: 'Still there?' });
  assert.equal(gone.status, 409);
  assert.match(String(gone.json['detail']), /was removed/);
});

test('what is said of an agent is checked before anything is kept', async () => {
  await using stack = new AsyncDisposableStack();
  const world = await agentWorld(stack, script);
  const { send, asked } = world;
  const id = await made(world);
  await send('POST', `${agents}/${id}/publish`, {});
  const refused = async (body: object, status: number, text: RegExp) => {
    const came = await send('POST', '/chat', { message: 'Hello', ...body });
    assert.equal(came.status, status, JSON.stringify(came.json));
    assert.match(JSON.stringify(came.json), text);
  };
  await refused({ agent: 'support' }, 400, /variables\.city: is missing/);
  await refused({ agent: 'support', variables: { city: 5 } }, 400, /must be a text/);
  await refused({ agent: 'support', variables, model: 'own/one' }, 400, /this agent asks/);
  await refused({ agent: 'support', variables, model: 'agent/other' }, 400, /another agent/);
  await refused({ variables }, 400, /none is named/);
  await refused({ agent_version: 1 }, 400, /none is named/);
  await refused({ agent: 'nobody' }, 404, /no such agent/);
  await refused({ model: 'agent/nobody' }, 404, /no such agent/);
  const session = await send('POST', '/chat', { message: 'Hello' });
  const session_id = session.json['session_id'];
  await refused({ session_id, agent: 'support', variables }, 400, /keeps what it began with/);
  assert.equal(asked().length, 1);

  const unknown = { ...settings, model: 'own/three' };
  await send('PATCH', `${agents}/${id}`, { settings: unknown });
  const published = await send('POST', `${agents}/${id}/publish`, {});
  assert.equal(published.json['code'], 'model_unknown');
  const stale = await send('PATCH', `${agents}/${id}`, { name: 'x' }, { ifMatch: '"1"' });
  assert.equal(stale.status, 409);
  const twice = await send('POST', agents, { slug: 'support', name: 'x', settings });
  assert.equal(twice.status, 409);
});

test('versions are listed, compared and gone back to', async () => {
  await using stack = new AsyncDisposableStack();
  const world = await agentWorld(stack, script);
  const { send } = world;
  const id = await made(world);
  await send('POST', `${agents}/${id}/publish`, {});
  const other = { ...settings, prompt: 'You help in {{city}}.\nBe brief.', temperature: null };
  await send('PATCH', `${agents}/${id}`, { settings: other });
  const diff = await send('GET', `${agents}/${id}/versions/2/diff?against=1`);
  assert.deepEqual(diff.json, {
    changes: [{ field: 'temperature', from: 0.25, to: null }],
    prompt: [
      { mark: ' ', line: 'You help in {{city}}.' },
      { mark: '+', line: 'Be brief.' },
    ],
  });
  await send('POST', `${agents}/${id}/publish`, {});
  assert.equal((await send('POST', `${agents}/${id}/publish`, {})).status, 409, 'no draft');
  const back = await send('POST', `${agents}/${id}/publish`, { number: 1 });
  assert.equal(back.json['published'], 1);
  assert.equal((await send('POST', `${agents}/${id}/publish`, { number: 9 })).status, 404);
  const listed = await send('GET', `${agents}/${id}/versions`);
  const versions = listed.json['versions'] as readonly { readonly state: string }[];
  assert.deepEqual(
    versions.map(({ state }) => state),
    ['published', 'published'],
  );
  const shown = await send('GET', `${agents}/${id}`);
  assert.match(JSON.stringify(shown.json['variables']), /"name":"city"/);
  assert.doesNotMatch(JSON.stringify(shown.json), /You help/, 'prompts are for who manages them');
});

test('openai’s client finds agents among the models and asks them', async () => {
  await using stack = new AsyncDisposableStack();
  const world = await agentWorld(stack, script);
  const { send, url, apiKey, asked } = world;
  const id = await made(world, {
    settings: { ...settings, prompt: 'Be brief.', variables: [] },
  });
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey });
  const names = async () => (await client.models.list()).data.map((model) => model.id);
  const before = ['default', 'own/one', 'own/two'];
  assert.deepEqual(
    (await names()).filter((name) => !name.startsWith('demo/')),
    before,
  );
  await send('POST', `${agents}/${id}/publish`, {});
  assert.equal((await names()).at(-1), 'agent/support');
  const messages = [{ role: 'user' as const, content: 'Hello' }];
  const whole = await client.chat.completions.create({ model: 'agent/support', messages });
  assert.match(String(whole.choices[0]?.message.content), /^Done/);
  assert.match(contentOf(asked().at(-1)?.messages[0]), /^Be brief\./);
  const unknown = client.chat.completions.create({ model: 'agent/nobody', messages });
  await assert.rejects(unknown, { status: 404 });
});
