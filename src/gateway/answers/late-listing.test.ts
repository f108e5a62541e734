import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Discovery } from '../../upstream/contract.ts';
import { complete, FakeUpstream } from '../../../test/support/fake-upstream.ts';
import { callModern } from '../../../test/support/mcp-post.ts';
import { startDoors, type RunningDoors } from '../../../test/support/start-doors.ts';
import { until } from '../../../test/support/until.ts';

/** Lists anew for each set of capabilities. */
class VaryingUpstream extends FakeUpstream {
  override async discover(): Promise<Discovery> {
    return { ...(await super.discover()), listsVaryByCapabilities: true };
  }
}

describe('a service that lists too late for a new kind of client', () => {
  let release = (): void => {};
  const late = new VaryingUpstream(
    {
      'tools/list': async ({ client }) => {
        const isNew = client.capabilities['elicitation'] === undefined;
        if (isNew) await new Promise<void>((resolve) => (release = resolve));
        return complete({ tools: [{ name: 'work', inputSchema: { type: 'object' } }] });
      },
    },
    { tools: {} },
  );
  const prompt = new FakeUpstream(
    { 'tools/list': () => complete({ tools: [{ name: 'now', inputSchema: { type: 'object' } }] }) },
    { tools: {} },
  );
  let doors: RunningDoors;
  before(async () => {
    doors = await startDoors();
    await doors.add('late', late);
    await doors.add('prompt', prompt);
  });
  after(() => doors[Symbol.asyncDispose]());

  const list = async (): Promise<string> => {
    const { body } = await callModern(`${doors.url}/mcp`, 'tools/list');
    return JSON.stringify(body);
  };

  it('is left out, announced when it comes, and listed from then on', async () => {
    const announced: string[] = [];
    const undo = doors.bus.on('catalog.changed', ({ tenant, lists }) => {
      announced.push(`${tenant} ${lists.join()}`);
    });
    const first = await list();
    assert.deepEqual([first.includes('prompt__now'), first.includes('late__work')], [true, false]);
    assert.match(first, /"mcp-gateway\/unavailableServices":\["late"\]/);
    assert.deepEqual(announced, []);
    release();
    await until(() => announced.length > 0);
    undo();
    assert.deepEqual(announced, [`${doors.tenant} tools,prompts,resources`]);
    assert.equal((await list()).includes('late__work'), true);
  });
});
