import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RpcError } from '../../kernel/errors.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { objectMember, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { takesTasks } from '../../mcp/tasks-extension.ts';
import { complete, FakeUpstream } from '../../../test/support/fake-upstream.ts';
import {
  envelope,
  modernHeaders,
  post,
  readAnswer,
  type McpAnswer,
} from '../../../test/support/mcp-post.ts';
import { startDoors, testKeys, type RunningDoors } from '../../../test/support/start-doors.ts';
import { until as untilSo } from '../../../test/support/until.ts';

const OWN_ID = 'task/1 ü';
const TOOLS = ['quick', 'slow', 'fail', 'ask', 'hang', 'job'].map((name) => ({ name }));

/** Makes its own tasks, as the extension allows. */
const maker = new FakeUpstream(
  {
    'tools/list': () => complete({ tools: TOOLS }),
    'tools/call': () => ({
      resultType: 'extension',
      result: JsonBytes.fromValue({ resultType: 'task', taskId: OWN_ID, status: 'working' }),
    }),
    'tasks/get': ({ params }) => {
      if (params['taskId'] !== OWN_ID) throw new RpcError(-32602, 'no such task');
      return complete({ taskId: OWN_ID, status: 'completed', result: { content: [] } });
    },
    'tasks/update': ({ params }) => complete({ seen: params }),
    'tasks/cancel': ({ params }) => {
      throw new RpcError(-32602, `Unknown task ${params['taskId'] as string}`);
    },
  },
  { tools: {}, ...takesTasks },
);

let cancelled = 0;

/** Knows nothing of tasks. */
const plain = new FakeUpstream({
  'tools/list': () => complete({ tools: TOOLS }),
  'tools/call': async ({ params }, io) => {
    switch (params['name']) {
      case 'slow':
        await sleep(80);
        void io.notify({ method: 'notifications/progress', params: { message: 'Half way' } });
        await sleep(80);
        return complete({ content: [{ type: 'text', text: 'slow' }], isError: true });
      case 'fail':
        await sleep(80);
        throw new RpcError(-32000, 'broke', { why: 1 });
      case 'ask':
        return await asking(params);
      case 'hang':
        return await new Promise((_, reject) => {
          io.cancellation.onCancel((reason) => {
            cancelled++;
            reject(new Error(reason));
          });
        });
      default:
        return complete({ content: [] });
    }
  },
});

const question = { method: 'elicitation/create', params: { message: '?' } };

async function asking(params: JsonObject): ReturnType<typeof plain.request> {
  const responses = objectMember(params, 'inputResponses');
  await sleep(80);
  if (responses === undefined) {
    const inputRequests = { a: question, b: question };
    return { resultType: 'input_required', inputRequests, requestState: 'first' };
  }
  if (params['requestState'] === 'first') {
    assert.deepEqual(responses, { a: { n: 1 }, b: { n: 2 } });
    return { resultType: 'input_required', inputRequests: { a: question }, requestState: 'last' };
  }
  return complete({
    content: [],
    structuredContent: { responses, args: params['arguments'] ?? 0 },
  });
}

describe('tasks', () => {
  let doors: RunningDoors;
  before(async () => {
    doors = await startDoors();
    await doors.add('maker', maker);
    await doors.add('plain', plain);
  });
  after(() => doors[Symbol.asyncDispose]());

  const capabilities = { ...takesTasks, elicitation: {} };
  const call = (
    path: string,
    method: string,
    params: JsonObject,
    { key, declared }: { key?: string; declared?: JsonObject } = {},
  ): Promise<McpAnswer> => {
    const named = (params['taskId'] ?? params['name']) as string | undefined;
    const body = {
      jsonrpc: '2.0',
      id: 1,
      method,
      params: { ...params, _meta: envelope(declared ?? capabilities) },
    };
    const headers = {
      ...modernHeaders(method, named),
      authorization: `Bearer ${key ?? testKeys.a}`,
    };
    return post(`${doors.url}${path}`, body, headers);
  };
  const resultOf = (answer: McpAnswer): JsonObject => {
    const result = objectMember(answer.body, 'result');
    assert.ok(result, JSON.stringify(answer.body));
    return result;
  };
  const codeOf = ({ body }: McpAnswer): unknown => objectMember(body, 'error')?.['code'];
  const start = async (path: string, name: string): Promise<string> => {
    const result = resultOf(await call(path, 'tools/call', { name, arguments: { x: 1 } }));
    assert.equal(result['resultType'], 'task', JSON.stringify(result));
    return result['taskId'] as string;
  };
  const get = async (taskId: string): Promise<JsonObject> =>
    resultOf(await call('/mcp', 'tasks/get', { taskId }));
  const until = async (taskId: string, status: string): Promise<JsonObject> => {
    for (let turn = 0; turn < 100; turn++) {
      const task = await get(taskId);
      if (task['status'] === status) return task;
      await sleep(10);
    }
    assert.fail(`never ${status}`);
  };

  it('wraps the id of a service’s task and routes by it, on both kinds of endpoint', async () => {
    for (const [path, name] of [
      ['/mcp', 'maker__job'],
      ['/mcp/maker', 'job'],
    ] as const) {
      const taskId = await start(path, name);
      assert.match(taskId, /^[\w.-]+$/);
      assert.equal(Buffer.from(taskId.slice(3), 'base64url').includes('task/1'), false);
      const task = resultOf(await call(path, 'tasks/get', { taskId }));
      assert.equal(task['taskId'], taskId);
      assert.deepEqual(task['result'], { content: [] });
      const update = { taskId, inputResponses: { k: {} } };
      const { seen } = resultOf(await call(path, 'tasks/update', update));
      assert.deepEqual(seen, { taskId: OWN_ID, inputResponses: { k: {} } });
      const gone = await call(path, 'tasks/cancel', { taskId });
      assert.equal(codeOf(gone), -32602);
      assert.equal(JSON.stringify(gone.body).includes('task/1'), false);
    }
  });

  it('refuses ids that are forged, another’s, or of a service that is not here', async () => {
    for (const name of ['maker__job', 'plain__hang']) {
      const taskId = await start('/mcp', name);
      const other = name === 'maker__job' ? '/mcp/plain' : '/mcp/maker';
      const first = taskId.at(5) === 'A' ? 'B' : 'A';
      const forged = `${taskId.slice(0, 5)}${first}${taskId.slice(6)}`;
      for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
        const inputResponses = {};
        const answers = [
          await call('/mcp', method, { taskId: forged, inputResponses }),
          await call('/mcp', method, { taskId: OWN_ID.slice(0, 6), inputResponses }),
          await call('/mcp', method, { taskId, inputResponses }, { key: testKeys.a2 }),
          await call('/mcp', method, { taskId, inputResponses }, { key: testKeys.b }),
          await call(other, method, { taskId, inputResponses }),
        ];
        assert.deepEqual(
          answers.map(codeOf),
          answers.map(() => -32602),
          method,
        );
      }
      if (name === 'plain__hang') await call('/mcp', 'tasks/cancel', { taskId });
    }
  });

  it('wants the extension declared, and advertises it', async () => {
    const answer = await call('/mcp', 'tasks/get', { taskId: 'x' }, { declared: {} });
    assert.equal(codeOf(answer), -32021);
    assert.deepEqual(objectMember(answer.body, 'error')?.['data'], {
      requiredCapabilities: takesTasks,
    });
    for (const path of ['/mcp', '/mcp/plain', '/mcp/maker']) {
      const discovered = resultOf(await call(path, 'server/discover', {}));
      const extensions = objectMember(objectMember(discovered, 'capabilities'), 'extensions');
      assert.deepEqual(extensions?.['io.modelcontextprotocol/tasks'], {}, path);
    }
    const slow = { name: 'slow' };
    const waited = resultOf(await call('/mcp/plain', 'tools/call', slow, { declared: {} }));
    assert.equal(waited['isError'], true, 'without the extension the call is waited for');
  });

  it('makes a task of a slow call and keeps what it came to', async () => {
    const quick = resultOf(await call('/mcp/plain', 'tools/call', { name: 'quick' }));
    assert.equal(quick['resultType'], 'complete');
    const billed = doors.usage.length;
    const taskId = await start('/mcp', 'plain__slow');
    const early = await get(taskId);
    assert.equal(early['status'], 'working');
    assert.equal(early['resultType'], 'complete');
    const done = await until(taskId, 'completed');
    assert.equal(done['statusMessage'], 'Half way');
    assert.deepEqual(done['result'], { content: [{ type: 'text', text: 'slow' }], isError: true });
    assert.deepEqual(await get(taskId), done, 'a result is kept after it was fetched');
    const calls = doors.usage.slice(billed).filter(({ method }) => method === 'tools/call');
    const [opened, closed] = calls;
    assert.equal(calls.length, 2, 'the call, and the end of what it became');
    assert.deepEqual([opened?.outcome, closed?.outcome], ['task', 'tool_error']);
    assert.match(opened?.task ?? '', /^gateway:/);
    assert.equal(closed?.chargeKey, opened?.id);
    assert.equal(closed?.startedAtMs, opened?.startedAtMs);
    assert.ok((closed?.durationMs ?? 0) >= (opened?.durationMs ?? 0));
    assert.ok((closed?.bytesOut ?? 0) > 0);
    const polls = doors.usage.slice(billed).filter(({ method }) => method === 'tasks/get');
    assert.ok(polls.every(({ upstreamCalled, serviceId }) => !upstreamCalled && serviceId));
    const failed = await until(await start('/mcp/plain', 'fail'), 'failed');
    assert.deepEqual(failed['error'], { code: -32000, message: 'broke', data: { why: 1 } });
  });

  it('asks for input through tasks/update, one answer at a time', async () => {
    const taskId = await start('/mcp/plain', 'ask');
    const update = async (inputResponses: JsonObject): Promise<JsonObject> =>
      resultOf(await call('/mcp', 'tasks/update', { taskId, inputResponses }));
    const keys = (task: JsonObject): readonly string[] =>
      Object.keys(objectMember(task, 'inputRequests') ?? {});
    const [a = '', b = ''] = keys(await until(taskId, 'input_required'));
    assert.deepEqual(await update({ [a]: { n: 1 }, unknown: {} }), { resultType: 'complete' });
    assert.deepEqual(keys(await get(taskId)), [b]);
    await update({ [a]: { n: 9 }, [b]: { n: 2 } });
    await until(taskId, 'working');
    const [again = ''] = keys(await until(taskId, 'input_required'));
    assert.equal([a, b].includes(again), false, 'a key comes once in a task’s life');
    await update({ [again]: { n: 3 } });
    const { structuredContent } = (await until(taskId, 'completed'))['result'] as JsonObject;
    assert.deepEqual(structuredContent, { responses: { a: { n: 3 } }, args: { x: 1 } });
  });

  it('cancels the call, and once only', async () => {
    const before = cancelled;
    const taskId = await start('/mcp/plain', 'hang');
    for (let time = 0; time < 2; time++) {
      const ack = resultOf(await call('/mcp', 'tasks/cancel', { taskId }));
      assert.deepEqual(ack, { resultType: 'complete' });
    }
    assert.equal((await get(taskId))['status'], 'cancelled');
    assert.equal(cancelled, before + 1);
  });

  it('announces changes to whoever listens for the task', async () => {
    const slow = await start('/mcp', 'plain__slow');
    const own = await start('/mcp', 'maker__job');
    const notifications = { taskIds: [slow, own, 'forged'] };
    const params = { notifications, _meta: envelope(capabilities) };
    const refused = await call('/mcp', 'subscriptions/listen', { notifications }, { declared: {} });
    assert.equal(codeOf(refused), -32021);
    for (const [more, code] of [
      [1, -32602],
      [0, -32021],
    ] as const) {
      const taskIds = Array.from({ length: limits.listenTasksMax + more }, () => slow);
      const many = { notifications: { taskIds } };
      const answer = await call('/mcp', 'subscriptions/listen', many, { declared: {} });
      assert.equal(codeOf(answer), code);
    }
    const leaving = new AbortController();
    const response = await fetch(`${doors.url}/mcp`, {
      method: 'POST',
      headers: modernHeaders('subscriptions/listen'),
      body: JSON.stringify({ jsonrpc: '2.0', id: 'l', method: 'subscriptions/listen', params }),
      signal: leaving.signal,
    });
    const text = response.body?.pipeThrough(new TextDecoderStream()) as ReadableStream<string>;
    const seen = new Map<unknown, JsonObject>();
    let all = '';
    let isAnnounced = false;
    for await (const part of text) {
      all += part;
      if (!all.includes('acknowledged')) continue;
      if (!isAnnounced) {
        // Announced before the gateway listens to the service, nobody would hear of it.
        await untilSo(() => maker.listens.some(({ taskIds }) => taskIds?.includes(OWN_ID)));
        maker.announce('notifications/tasks', { taskId: OWN_ID, status: 'failed' });
        isAnnounced = true;
      }
      for (const [, data = ''] of all.matchAll(/^data: (.+)$/gm)) {
        const { method, params: sent } = JSON.parse(data) as JsonObject;
        const task = sent as JsonObject;
        if (method === 'notifications/tasks') seen.set(task['taskId'], task);
        else assert.deepEqual(task['notifications'], { taskIds: [slow, own] });
      }
      const isOver = seen.get(slow)?.['status'] === 'completed' && seen.has(own);
      if (isOver) break;
    }
    leaving.abort();
    assert.equal(seen.get(own)?.['status'], 'failed');
    assert.deepEqual(objectMember(seen.get(slow), 'result')?.['isError'], true);
    const stamped = objectMember(seen.get(slow), '_meta');
    assert.equal(stamped?.['io.modelcontextprotocol/subscriptionId'], 'l');
    assert.deepEqual(maker.listens.at(-1), { taskIds: [OWN_ID] });
  });

  it('is not there for older revisions', async () => {
    const headers = {
      authorization: `Bearer ${testKeys.a}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
    const params = { protocolVersion: '2025-11-25', capabilities: takesTasks };
    const body = { jsonrpc: '2.0', id: 1, method: 'initialize', params };
    const opened = await fetch(`${doors.url}/mcp/plain`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    const session = opened.headers.get('mcp-session-id') as string;
    const { body: said } = await readAnswer(opened);
    assert.equal(JSON.stringify(said).includes('tasks'), false);
    const calling = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'slow' } };
    const legacy = { ...headers, 'mcp-session-id': session };
    const answer = await post(`${doors.url}/mcp/plain`, calling, legacy);
    assert.equal(objectMember(answer.body, 'result')?.['isError'], true);
    const { client } = plain.requests.at(-1) ?? assert.fail();
    assert.equal(JSON.stringify(client.capabilities).includes('tasks'), false);
  });
});
