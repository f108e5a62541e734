import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import type { McpNotification } from '../message.ts';
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
    assert.equal((await collect(queue)).length, limits.listenUrisMax + 3);
  });
});
