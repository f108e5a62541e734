import assert from 'node:assert/strict';
import { stringMember } from '../../src/kernel/json.ts';
import { itemNamed } from './items.ts';
import { talkHttp } from './open-talk.ts';
import type { World } from './world.ts';

/** Starts a task of a caller who sees everything and belongs to no view; answers its id. */
export async function startTask(world: World): Promise<string> {
  const talk = await talkHttp({ world, token: world.openToken, path: '/mcp', era: 'modern' });
  const tasks = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
  const name = `orders__${itemNamed('orders', 'get_orders').key}`;
  const started = await talk.ask('tools/call', { name, arguments: { slow: true } }, tasks);
  const taskId = stringMember(started.result, 'taskId') ?? '';
  const seen = await talk.ask('tasks/get', { taskId }, tasks);
  assert.equal(stringMember(seen.result, 'taskId'), taskId, seen.text);
  return taskId;
}
