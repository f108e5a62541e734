import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  FakeLegacyServer,
  type FakeMessage,
  type FakeSession,
} from '../../../../test/support/mcp-client/fake-legacy-server.ts';
import { rejectsWith, testIo, toolCall } from '../../../../test/support/mcp-stdio/harness.ts';
import { until } from '../../../../test/support/until.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { objectMember, stringMember, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import type { McpNotification, McpOutcome } from '../../message.ts';
import { takesTasks } from '../../tasks-extension.ts';
import { LegacyClient } from './legacy-client.ts';
import { SessionLost } from './session-lost.ts';

const asking = { elicitation: {} };
const takesAndAsks = { ...takesTasks, ...asking };
const related = (taskId: string) => ({ 'io.modelcontextprotocol/related-task': { taskId } });
const tools = [
  { name: 'must', execution: { taskSupport: 'required' } },
  { name: 'may', execution: { taskSupport: 'optional' } },
  { name: 'cannot', execution: { taskSupport: 'forbidden' } },
  { name: 'plain' },
];

const taking = { tasks: { requests: { tools: { call: {} } } } };

interface World {
  readonly server: FakeLegacyServer;
  readonly client: LegacyClient;
  /** Requests for results that are not answered yet, by the task's id. */
  readonly results: Map<string, FakeMessage>;
  session(): FakeSession;
}

/** A server that takes tool calls as tasks; what becomes of a task is up to the test. */
function start(capabilities: JsonObject = taking): World {
  const results = new Map<string, FakeMessage>();
  let count = 0;
  const server = new FakeLegacyServer((message) => {
    const { method, params } = message;
    if (method === 'tools/list') {
      const isFirst = params?.['cursor'] === undefined;
      return isFirst ? { tools: tools.slice(0, 2), nextCursor: 'n' } : { tools: tools.slice(2) };
    }
    if (method === 'tools/call') {
      if (params?.['task'] === undefined) return { content: [], plain: true };
      count++;
      return { task: { taskId: `t${count}`, status: 'working' } };
    }
    if (method === 'tasks/result') results.set(stringMember(params, 'taskId') ?? '', message);
    return method === 'tasks/cancel' ? {} : undefined;
  }, capabilities);
  const client = new LegacyClient(server.transport({ sessionsPerCallerMax: 1 }), {
    changed: () => {},
  });
  return { server, client, results, session: () => server.sessions.at(-1) as FakeSession };
}

const begunIo = (seen: McpNotification[] = []) => {
  const io = testIo(seen);
  const begun: number[] = [];
  return Object.assign(io, { begun, began: () => void begun.push(1) });
};
const completeOf = (outcome: McpOutcome): JsonObject => {
  assert.equal(outcome.resultType, 'complete');
  return outcome.result.value;
};

describe('a legacy server that takes tool calls as tasks', () => {
  it('is asked for a task where the tool and the client take one, and for its result', async () => {
    const { server, client, results, session } = start();
    await using _closing = client;
    for (const name of ['must', 'may']) {
      const io = begunIo();
      const running = client.request(toolCall(name, {}, takesTasks), io);
      await until(() => results.size === 1);
      assert.deepEqual(io.begun, [1], 'whoever waits is told');
      const [[taskId = '', asked] = []] = results;
      const result = { content: [], done: name, _meta: { own: 1, ...related(taskId) } };
      await session().say({ id: asked?.id, result });
      assert.deepEqual(completeOf(await running), { content: [], done: name, _meta: { own: 1 } });
      results.clear();
    }
    const sent = server.got('tools/call').map(({ params }) => params?.['task']);
    const task = { ttl: limits.taskTtlMs };
    assert.deepEqual(sent, [task, task]);
    assert.equal(server.got('tools/list').length, 2, 'two pages, read once');
  });

  it('gets plain calls from everybody else, whatever they say', async () => {
    const { server, client } = start();
    await using _closing = client;
    const own = { task: { ttl: 1 } };
    await client.request(toolCall('may', {}, asking, own), testIo());
    for (const name of ['cannot', 'plain', 'unknown']) {
      await client.request(toolCall(name, {}, takesTasks, own), testIo());
    }
    assert.deepEqual(
      server.got('tools/call').map(({ params }) => params?.['task']),
      [undefined, undefined, undefined, undefined],
    );
    const { client: other, server: incapable } = start({ tools: {} });
    await other.request(toolCall('must', {}, takesTasks), testIo());
    assert.equal(incapable.got('tools/list').length, 0);
    await other[Symbol.asyncDispose]();
  });

  it('is kept from clients that can neither take nor await a task it must make', async () => {
    const { client, results, session, server } = start();
    await using _closing = client;
    await rejectsWith(client.request(toolCall('must'), testIo()), -32021);
    assert.equal(server.got('tools/call').length, 0);
    const legacy = { ...toolCall('must').client, era: 'legacy' } as const;
    const plain = { ...toolCall('must').client, waitsForTasks: true };
    for (const waiting of [legacy, plain]) {
      const running = client.request({ ...toolCall('must'), client: waiting }, testIo());
      await until(() => results.size === 1);
      await session().say({ id: [...results.values()][0]?.id, result: { content: [] } });
      assert.deepEqual(completeOf(await running), { content: [] });
      results.clear();
    }
  });

  it('asks for input in two tasks at once, and gets each answer for its own', async () => {
    const { client, results, session } = start();
    await using _closing = client;
    const running = ['a', 'b'].map((name) =>
      client.request(toolCall('may', { name }, takesAndAsks), begunIo()),
    );
    await until(() => results.size === 2);
    for (const taskId of ['t2', 't1']) {
      const params = { message: taskId, _meta: related(taskId) };
      await session().say({ id: `q-${taskId}`, method: 'elicitation/create', params });
    }
    const asked = await Promise.all(running);
    const done = asked.map(async (outcome, index) => {
      assert.equal(outcome.resultType, 'input_required');
      const inputs = Object.entries(outcome.inputRequests ?? {});
      const [key, question] = inputs[0] ?? ['', {}];
      assert.deepEqual(question['params'], { message: `t${index + 1}` }, 'its name stays here');
      const inputResponses = { [key]: { action: 'accept', content: { index } } };
      const more = { inputResponses, requestState: outcome.requestState ?? '' };
      const name = index === 0 ? 'a' : 'b';
      return completeOf(
        await client.request(toolCall('may', { name }, takesAndAsks, more), begunIo()),
      );
    });
    await until(() => session().got.filter(({ id }) => String(id).startsWith('q-')).length === 2);
    for (const [index, taskId] of ['t1', 't2'].entries()) {
      const answer = session().got.find(({ id }) => id === `q-${taskId}`);
      const expected = { action: 'accept', content: { index }, _meta: related(taskId) };
      assert.deepEqual(answer?.result, expected);
      await session().say({ id: results.get(taskId)?.id, result: { of: taskId } });
    }
    assert.deepEqual(
      (await Promise.all(done)).map((result) => result['of']),
      ['t1', 't2'],
    );
  });

  it('may ask before it makes the task', async () => {
    const server = new FakeLegacyServer(({ method, id }, session) => {
      if (method === 'tools/list') return { tools };
      const question = { id: 'q', method: 'elicitation/create', params: { message: '?' } };
      if (method === 'tools/call') void session.say(question, id as number);
      return undefined;
    }, taking);
    await using client = new LegacyClient(server.transport(), { changed: () => {} });
    const asked = await client.request(toolCall('must', {}, takesAndAsks), begunIo());
    assert.equal(asked.resultType, 'input_required');
    const [key = ''] = Object.keys(asked.inputRequests ?? {});
    const more = { inputResponses: { [key]: {} }, requestState: asked.requestState ?? '' };
    const io = begunIo();
    const running = client.request(toolCall('must', {}, takesAndAsks, more), io);
    const [session] = server.sessions;
    const [call] = server.got('tools/call');
    await session?.say({ id: call?.id, result: { task: { taskId: 't', status: 'working' } } });
    assert.deepEqual(io.begun, [1]);
    const [wanted] = server.got('tasks/result');
    await session?.say({ id: wanted?.id, result: { content: [] } });
    assert.deepEqual(completeOf(await running), { content: [] });
  });

  it('is told when nobody waits for a task any more, and its progress is reported', async () => {
    const { server, client, results, session } = start();
    await using _closing = client;
    const seen: McpNotification[] = [];
    const io = begunIo(seen);
    const running = client.request({ ...toolCall('may', {}, takesTasks), wantsProgress: true }, io);
    await until(() => results.size === 1);
    const [call] = server.got('tools/call');
    const { progressToken } = objectMember(call?.params, '_meta') ?? {};
    const params = { progressToken: progressToken ?? 0, progress: 1 };
    await session().say({ method: 'notifications/progress', params });
    assert.deepEqual(seen, [{ method: 'notifications/progress', params: { progress: 1 } }]);
    io.cancellation.cancel('cancelled');
    await assert.rejects(running, { code: 'cancelled' });
    assert.deepEqual(
      server.got('tasks/cancel').map((one) => one.params),
      [{ taskId: 't1' }],
    );
    const [told] = server.got('notifications/cancelled');
    assert.equal(told?.params?.['requestId'], results.get('t1')?.id);
  });

  it('fails with the error of its task', async () => {
    const { client, results, session } = start();
    await using _closing = client;
    const running = client.request(toolCall('may', {}, takesTasks), begunIo());
    await until(() => results.size === 1);
    const error = { code: -32603, message: 'broke' };
    await session().say({ id: results.get('t1')?.id, error });
    await rejectsWith(running, -32603);
  });

  it('is asked for a result again when the request for it got lost, a few times', async () => {
    const { server, client, results, session } = start();
    await using _closing = client;
    const lose = async (): Promise<void> => {
      await until(() => results.size === 1);
      const { id } = results.get('t1') as FakeMessage;
      results.clear();
      session().receiver.failed(id as number, new GatewayError('upstream_timeout'));
    };
    const running = client.request(toolCall('may', {}, takesTasks), begunIo());
    running.catch(() => {});
    await lose();
    await lose();
    const params = { message: '?', _meta: related('t1') };
    await session().say({ id: 'q', method: 'elicitation/create', params });
    await lose();
    await until(() => results.size === 1);
    await session().say({ id: results.get('t1')?.id, result: { content: [] } });
    assert.deepEqual(completeOf(await running), { content: [] });
    assert.equal(server.got('tools/call').length, 1);
    assert.equal(server.got('tasks/result').length, 4);
    results.clear();
    const failing = client.request(toolCall('may', {}, takesTasks), begunIo());
    failing.catch(() => {});
    for (let time = 0; time < 4; time++) {
      await until(() => results.size === 1);
      const { id } = results.get('t2') as FakeMessage;
      results.clear();
      session().receiver.failed(id as number, new GatewayError('upstream_failed'));
    }
    await assert.rejects(failing, { code: 'upstream_failed' });
  });

  it('that forgets the session with the task is not called again', async () => {
    const { server, client, results, session } = start();
    await using _closing = client;
    const running = client.request(toolCall('may', {}, takesTasks), begunIo());
    await until(() => results.size === 1);
    session().receiver.failed(results.get('t1')?.id as number, new SessionLost());
    await assert.rejects(running, { code: 'upstream_failed' });
    assert.equal(server.got('tools/call').length, 1);
  });

  it('is asked again what its tools take when they changed', async () => {
    const { server, client, session } = start();
    await using _closing = client;
    await client.request(toolCall('plain', {}, takesTasks), testIo());
    await session().say({ method: 'notifications/tools/list_changed' });
    await client.request(toolCall('plain', {}, takesTasks), testIo());
    assert.equal(server.got('tools/list').length, 4);
  });
});
