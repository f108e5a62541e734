import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { HttpEgress } from '../../src/egress/http-egress.ts';
import { isJsonObject, objectMember, type JsonObject } from '../../src/kernel/json.ts';
import { takesTasks } from '../../src/mcp/tasks-extension.ts';
import { openHttp } from '../support/mcp-http/open-http.ts';
import { envelope, modernHeaders, post } from '../support/mcp-post.ts';
import { startDoors, type RunningDoors } from '../support/start-doors.ts';
import { initializeRequest, legacyRequest, talkSocket } from '../support/talk-socket.ts';
import { startFixture, type Fixture } from './fixture/start-fixture.ts';

const capabilities = { ...takesTasks, elicitation: {} };

describe('tasks of real servers behind the gateway', () => {
  const egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.0/8'] } });
  const fixtures: Fixture[] = [];
  let doors: RunningDoors;

  before(async () => {
    doors = await startDoors();
    for (const era of ['modern', 'legacy'] as const) {
      const fixture = await startFixture({ era });
      fixtures.push(fixture);
      const { upstream } = await openHttp(egress, fixture.url, { era });
      await doors.add(era, upstream);
    }
  });
  after(async () => {
    await doors[Symbol.asyncDispose]();
    await Promise.all(fixtures.map((fixture) => fixture.close()));
  });

  const call = async (method: string, params: JsonObject): Promise<JsonObject> => {
    const named = (params['taskId'] ?? params['name']) as string | undefined;
    const all = { ...params, _meta: envelope(capabilities) };
    const body = { jsonrpc: '2.0', id: 1, method, params: all };
    const answer = await post(`${doors.url}/mcp`, body, modernHeaders(method, named));
    return objectMember(answer.body, 'result') ?? objectMember(answer.body, 'error') ?? {};
  };
  const start = async (name: string, args: JsonObject): Promise<string> => {
    const task = await call('tools/call', { name, arguments: args });
    assert.equal(task['resultType'], 'task', JSON.stringify(task));
    return task['taskId'] as string;
  };
  /** Listens until every task has come to an end; the last of what was said of each. */
  const listen = async (taskIds: readonly string[]): Promise<readonly JsonObject[]> => {
    const leaving = new AbortController();
    const params = { notifications: { taskIds }, _meta: envelope(capabilities) };
    const response = await fetch(`${doors.url}/mcp`, {
      method: 'POST',
      headers: modernHeaders('subscriptions/listen'),
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params }),
      signal: leaving.signal,
    });
    const seen = new Map<unknown, JsonObject>();
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString('utf8');
      for (const [, data = ''] of text.matchAll(/^data: (.+)\n/gm)) {
        const { method, params: task } = JSON.parse(data) as JsonObject;
        if (method !== 'notifications/tasks' || !isJsonObject(task)) continue;
        if (task['status'] !== 'working') seen.set(task['taskId'], task);
      }
      if (seen.size === taskIds.length) break;
    }
    leaving.abort();
    return taskIds.map((taskId) => seen.get(taskId) ?? {});
  };

  it('announces how they end, whoever keeps them', async () => {
    const args = { seconds: 0.6, label: 'x' };
    const tasks = [
      await start('modern__slow_compute', args),
      await start('legacy__slow_compute', args),
    ];
    for (const task of await listen(tasks)) {
      assert.equal(task['status'], 'completed');
      assert.match(JSON.stringify(task['result']), /Computed x in 0.6 s/);
    }
    for (const taskId of tasks) {
      const { status } = await call('tasks/get', { taskId });
      assert.equal(status, 'completed');
    }
  });

  for (const slug of ['modern', 'legacy']) {
    it(`serves a legacy client that knows none of them: ${slug}`, async () => {
      const talk = await talkSocket(doors.url, `/ws/${slug}`);
      talk.say(initializeRequest);
      await talk.next(({ id }) => id === 'init');
      const ask = async (id: number, name: string, content: JsonObject): Promise<string> => {
        talk.say(legacyRequest(id, 'tools/call', { name, arguments: { filename: 'f' } }));
        const asks = ({ method, id: own }: JsonObject) =>
          own === id || (method === 'elicitation/create' && !answered.has(own));
        const message = await talk.next(asks);
        if (message['method'] !== undefined) {
          answered.add(message['id']);
          talk.say({
            jsonrpc: '2.0',
            id: message['id'] ?? 0,
            result: { action: 'accept', content },
          });
        }
        return JSON.stringify(await talk.next(({ id: own }) => own === id));
      };
      const answered = new Set<unknown>();
      assert.match(await ask(1, 'confirm_delete', { confirm: true }), /Deleted f/);
      assert.match(await ask(2, 'test_tool_with_task', { name: 'Ada' }), /started by Ada/);
      assert.match(await ask(3, 'failing_job', {}), /"isError":true/);
      assert.match(await ask(4, 'protocol_error_job', {}), /The job broke down/);
      talk.socket.close();
    });
  }

  it('takes input for a task that its server keeps', async () => {
    const taskId = await start('modern__confirm_delete', { filename: 'f' });
    let task: JsonObject = {};
    while (task['status'] !== 'input_required') task = await call('tasks/get', { taskId });
    const [key = ''] = Object.keys(objectMember(task, 'inputRequests') ?? {});
    const answer = { action: 'accept', content: { confirm: true } };
    await call('tasks/update', { taskId, inputResponses: { [key]: answer } });
    while (task['status'] !== 'completed') task = await call('tasks/get', { taskId });
    assert.match(JSON.stringify(task['result']), /Deleted f/);
  });
});
