import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { limits } from '../kernel/limits.ts';
import type { McpNotification } from './message.ts';
import { ChangeQueue } from './change-queue.ts';

const updated = (uri: string): McpNotification => ({
  method: 'notifications/resources/updated',
  params: { uri },
});
const tools: McpNotification = { method: 'notifications/tools/list_changed', params: {} };

async function collect(queue: ChangeQueue): Promise<McpNotification[]> {
  const seen: McpNotification[] = [];
  for await (const one of queue) seen.push(one);
  return seen;
}

describe('ChangeQueue', () => {
  it('keeps one of equal changes that nobody has read', async () => {
    const queue = new ChangeQueue();
    for (let n = 0; n < 10_000; n++) queue.push(tools);
    queue.push(updated('a'));
    queue.push(tools);
    queue.end();
    assert.deepEqual(await collect(queue), [tools, updated('a')]);
  });

  it('gives a change that comes again after it was read', async () => {
    const queue = new ChangeQueue();
    const iterator = queue[Symbol.asyncIterator]();
    queue.push(tools);
    assert.deepEqual((await iterator.next()).value, tools);
    const next = iterator.next();
    queue.push(tools);
    assert.deepEqual((await next).value, tools);
    queue.end();
    assert.equal((await iterator.next()).done, true);
  });

  it('gives what was pushed before it failed', async () => {
    const queue = new ChangeQueue();
    queue.push(tools);
    queue.fail(new Error('lost'));
    const iterator = queue[Symbol.asyncIterator]();
    assert.deepEqual((await iterator.next()).value, tools);
    await assert.rejects(iterator.next(), /lost/);
  });

  it('holds no more than can be watched', async () => {
    const queue = new ChangeQueue();
    for (let n = 0; n < 10_000; n++) queue.push(updated(`u:${n}`));
    queue.end();
    assert.equal((await collect(queue)).length, limits.listenUrisMax + limits.listenTasksMax + 3);
  });

  it('keeps the latest change of each task', async () => {
    const queue = new ChangeQueue();
    const changed = (taskId: string, status: string): McpNotification => ({
      method: 'notifications/tasks',
      params: { taskId, status },
    });
    queue.push(changed('a', 'working'));
    queue.push(changed('b', 'working'));
    queue.push(changed('a', 'completed'));
    queue.end();
    assert.deepEqual(await collect(queue), [changed('a', 'completed'), changed('b', 'working')]);
  });

  it('waits for what follows closely, but not when it ends', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const queue = new ChangeQueue(100);
    const iterator = queue[Symbol.asyncIterator]();
    let isRead = false;
    const first = iterator.next().then(({ value }) => {
      isRead = true;
      return value as unknown;
    });
    queue.push(updated('a'));
    await turn();
    queue.push(updated('a'));
    await turn();
    assert.equal(isRead, false);
    test.mock.timers.tick(100);
    assert.deepEqual(await first, updated('a'));
    const rest = collect(queue);
    queue.push(tools);
    queue.end();
    assert.deepEqual(await rest, [tools]);
  });
});
