import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { complete, FakeUpstream } from '../../../test/support/fake-upstream.ts';
import { callModern, errorCode } from '../../../test/support/mcp-post.ts';
import { startDoors, testKeys, type RunningDoors } from '../../../test/support/start-doors.ts';
import { legacyRequest, talkSocket, type SocketTalk } from '../../../test/support/talk-socket.ts';
import { until } from '../../../test/support/until.ts';
import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { objectMember, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { declaresTasks, takesTasks } from '../../mcp/tasks-extension.ts';

const withId = (id: unknown) => (message: JsonObject) => message['id'] === id;
const ofMethod = (method: string) => (message: JsonObject) => message['method'] === method;
const form = (message: string): JsonObject => ({
  method: 'elicitation/create',
  params: { message, requestedSchema: { type: 'object', properties: {} } },
});

/** A service that makes a task of every call and says of it, look by look, what the test says. */
class TaskMaker {
  readonly looks: number[] = [];
  readonly updates: JsonObject[] = [];
  readonly cancelled: unknown[] = [];
  /** What the next looks see; the last one stays. */
  script: (JsonObject | Error)[] = [];
  readonly upstream = new FakeUpstream(
    {
      'tools/list': () => complete({ tools: [{ name: 'job', inputSchema: { type: 'object' } }] }),
      'tools/call': async ({ client, params }, io) => {
        if (!declaresTasks(client.capabilities)) throw new RpcError(-32021, 'tasks only');
        if (objectMember(params, 'arguments')?.['plain'] === true) return complete({ content: [] });
        await io.notify({ method: 'notifications/progress', params: { progress: 7 } });
        const task = { resultType: 'task', taskId: 'task-1', status: 'working', pollIntervalMs: 0 };
        return { resultType: 'extension', result: JsonBytes.fromValue(task) };
      },
      'tasks/get': ({ params }) => {
        assert.equal(params['taskId'], 'task-1');
        this.looks.push(performance.now());
        const said = this.script.length > 1 ? this.script.shift() : this.script[0];
        if (said instanceof Error) throw said;
        return complete({ taskId: 'task-1', pollIntervalMs: 0, ...said });
      },
      'tasks/update': ({ params }) => {
        this.updates.push(params);
        return complete({ resultType: 'complete' });
      },
      'tasks/cancel': ({ params }) => {
        this.cancelled.push(params['taskId']);
        return complete({ resultType: 'complete' });
      },
    },
    { tools: {}, ...takesTasks },
  );
}

const done = { status: 'completed', result: { content: [{ type: 'text', text: 'done' }] } };

describe('a legacy client of a service that makes tasks', () => {
  let doors: RunningDoors;
  let count = 0;
  before(async () => {
    doors = await startDoors();
  });
  after(() => doors[Symbol.asyncDispose]());

  const open = async (capabilities: JsonObject = { elicitation: {} }) => {
    const maker = new TaskMaker();
    count++;
    const slug = `maker-${count}`;
    await doors.add(slug, maker.upstream);
    const talk = await talkSocket(doors.url, `/ws/${slug}`);
    const clientInfo = { name: 't', version: '1' };
    const params = { protocolVersion: '2025-06-18', capabilities, clientInfo };
    talk.say(legacyRequest('init', 'initialize', params));
    await talk.next(withId('init'));
    return { maker, talk };
  };
  const call = (talk: SocketTalk, more: JsonObject = {}): void =>
    talk.say(legacyRequest(1, 'tools/call', { name: 'job', arguments: {}, ...more }));
  const answerOf = async (talk: SocketTalk): Promise<JsonObject> => await talk.next(withId(1));

  it('gets the result of the task, and its status as progress that never goes back', async () => {
    const { maker, talk } = await open();
    const working = (statusMessage: string) => ({ status: 'working', statusMessage });
    maker.script = [working('half'), working('half'), working('almost'), done];
    call(talk, { _meta: { progressToken: 'p' } });
    assert.deepEqual((await answerOf(talk))['result'], done.result);
    const progress = talk.came.filter(ofMethod('notifications/progress'));
    assert.deepEqual(
      progress.map(({ params }) => params),
      [
        { progress: 7, progressToken: 'p' },
        { progress: 8, message: 'half', progressToken: 'p' },
        { progress: 9, message: 'almost', progressToken: 'p' },
      ],
    );
    assert.deepEqual(maker.cancelled, []);
    talk.socket.close();
  });

  it('may also be answered at once', async () => {
    const { maker, talk } = await open();
    call(talk, { arguments: { plain: true } });
    assert.deepEqual((await answerOf(talk))['result'], { content: [] });
    assert.equal(maker.looks.length, 0);
    talk.socket.close();
  });

  it('is asked what the task asks, each question once, and its answers go back', async () => {
    const { maker, talk } = await open();
    const first = { status: 'input_required', inputRequests: { a: form('A?'), b: form('B?') } };
    const second = { status: 'input_required', inputRequests: { a: form('A?'), c: form('C?') } };
    maker.script = [first];
    call(talk);
    const answer = async (message: string): Promise<void> => {
      const question = await talk.next(
        ({ params }) => (params as JsonObject)?.['message'] === message,
      );
      const result = { action: 'accept', content: { said: message } };
      talk.say({ jsonrpc: '2.0', id: question['id'] as string, result });
    };
    await Promise.all([answer('A?'), answer('B?')]);
    await until(() => maker.updates.length === 1);
    const said = (message: string) => ({ action: 'accept', content: { said: message } });
    const responses = { a: said('A?'), b: said('B?') };
    assert.deepEqual(maker.updates[0], { taskId: 'task-1', inputResponses: responses });
    // The service has not noticed the answer yet, then it asks one thing more.
    maker.script = [first, second];
    await answer('C?');
    await until(() => maker.updates.length === 2);
    assert.deepEqual(maker.updates[1]?.['inputResponses'], { c: said('C?') });
    maker.script = [second, { status: 'working' }, done];
    assert.deepEqual((await answerOf(talk))['result'], done.result);
    assert.equal(talk.came.filter(ofMethod('elicitation/create')).length, 3);
    assert.deepEqual(maker.cancelled, []);
    talk.socket.close();
  });

  it('gets the error of a task that failed, and of one that its service gave up', async () => {
    const failures: [JsonObject, number][] = [
      [{ status: 'failed', error: { code: -32603, message: 'broke', data: 1 } }, -32603],
      [{ status: 'failed' }, -32603],
      [{ status: 'cancelled' }, -32603],
    ];
    for (const [script] of failures) {
      const { maker, talk } = await open();
      maker.script = [script];
      call(talk);
      assert.ok('error' in (await answerOf(talk)), JSON.stringify(script));
      assert.deepEqual(maker.cancelled, [], 'it has ended already');
      talk.socket.close();
    }
  });

  it('takes the task along when it cancels or leaves, waiting or asked', async () => {
    const question = { status: 'input_required', inputRequests: { a: form('A?') } };
    for (const script of [{ status: 'working' }, question]) {
      for (const leaves of [true, false]) {
        const { maker, talk } = await open();
        maker.script = [script];
        call(talk);
        await until(() => maker.looks.length > 0);
        if (script === question) await talk.next(ofMethod('elicitation/create'));
        const cancel = {
          jsonrpc: '2.0',
          method: 'notifications/cancelled',
          params: { requestId: 1 },
        };
        if (leaves) talk.socket.terminate();
        else talk.say(cancel);
        await until(() => maker.cancelled.length === 1, `${script.status} ${leaves}`);
        const { length } = maker.looks;
        await new Promise((resolve) => setTimeout(resolve, limits.taskPollMsMin * 2));
        assert.equal(maker.looks.length, length, 'nobody looks any more');
        talk.socket.terminate();
      }
    }
  });

  it('is not taken for the client of another service whose task has the same id', async () => {
    const question = { status: 'input_required', inputRequests: { a: form('A?') } };
    const [one, two] = [await open(), await open()];
    const ids: unknown[] = [];
    for (const { maker, talk } of [one, two]) {
      maker.script = [question];
      call(talk);
      ids.push((await talk.next(ofMethod('elicitation/create')))['id']);
    }
    one.maker.script = [done];
    const result = { action: 'accept', content: {} };
    one.talk.say({ jsonrpc: '2.0', id: ids[0] as string, result });
    assert.deepEqual((await answerOf(one.talk))['result'], done.result);
    two.talk.socket.terminate();
    await until(() => two.maker.cancelled.length === 1);
    assert.deepEqual(one.maker.cancelled, []);
    one.talk.socket.close();
  });

  it('survives a moment in which the service cannot be reached, not more', async () => {
    const gone = new GatewayError('upstream_unavailable');
    const { maker, talk } = await open();
    maker.script = [gone, gone, done];
    call(talk);
    const failing = [gone, new RpcError(-32602, 'Unknown task')].map(async (script) => {
      const other = await open();
      other.maker.script = [script];
      call(other.talk);
      assert.ok('error' in (await answerOf(other.talk)));
      await until(() => other.maker.cancelled.length === 1);
      other.talk.socket.close();
    });
    await Promise.all(failing);
    assert.deepEqual((await answerOf(talk))['result'], done.result);
    talk.socket.close();
  });

  it('is not asked what it cannot be asked: the call fails and the task is given up', async () => {
    const { maker, talk } = await open({});
    maker.script = [{ status: 'input_required', inputRequests: { a: form('A?') } }];
    call(talk);
    const error = objectMember(await answerOf(talk), 'error');
    assert.equal(error?.['code'], -32021);
    await until(() => maker.cancelled.length === 1);
    talk.socket.close();
  });

  it('is spared what makes no sense', async () => {
    const scripts = [
      { status: 'odd' },
      {},
      { status: 'completed' },
      { status: 'completed', result: 1 },
    ];
    for (const script of scripts as JsonObject[]) {
      const { maker, talk } = await open();
      maker.script = [script];
      call(talk);
      assert.ok('error' in (await answerOf(talk)), JSON.stringify(script));
      talk.socket.close();
    }
  });

  it('asks as often as the service wishes, within bounds', async () => {
    const { maker, talk } = await open();
    maker.script = [{ status: 'working' }, { status: 'working' }, done];
    call(talk);
    await answerOf(talk);
    for (const [index, at] of maker.looks.entries()) {
      const before = maker.looks[index - 1];
      if (before !== undefined) assert.ok(at - before >= limits.taskPollMsMin - 5);
    }
    assert.ok(limits.taskPollMsMax > limits.taskPollMs);
    talk.socket.close();
  });
});

describe('other clients of a service that makes tasks', () => {
  it('a modern one that takes none is refused by the service, a plain one waits', async () => {
    await using doors = await startDoors();
    const maker = new TaskMaker();
    await doors.add('maker', maker.upstream);
    const refused = await callModern(`${doors.url}/mcp/maker`, 'tools/call', { name: 'job' });
    assert.equal(errorCode(refused), -32021);
    maker.script = [{ status: 'working' }, done];
    const response = await fetch(`${doors.url}/services/maker/tools/job`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testKeys.a}`, 'content-type': 'application/json' },
      body: '{}',
    });
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { content: done.result.content });
  });
});
