import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { GatewayError } from '../../kernel/errors.ts';
import { objectMember, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { complete, FakeUpstream } from '../../../test/support/fake-upstream.ts';
import { callModern, modernHeaders, envelope, post } from '../../../test/support/mcp-post.ts';
import { startDoors, testKeys, type RunningDoors } from '../../../test/support/start-doors.ts';

let reads = 0;
let isDown = false;
let hints: JsonObject = {};

const upstream = new FakeUpstream({
  'tools/list': () =>
    complete({ tools: [{ name: 'echo', inputSchema: { type: 'object' } }], ...hints }),
  'tools/call': () => complete({ content: [], ttlMs: 60_000, cacheScope: 'public' }),
  'resources/read': ({ params }) => {
    if (isDown) throw new GatewayError('upstream_failed');
    reads++;
    if (params['uri'] === 'test://ask' && !('inputResponses' in params)) {
      return { resultType: 'input_required', requestState: 'more' };
    }
    return complete({ contents: [{ uri: params['uri'] as string, text: `${reads}` }], ...hints });
  },
});

describe('the result cache', () => {
  let doors: RunningDoors;
  before(async () => {
    doors = await startDoors();
    await doors.add('one', upstream);
  });
  after(() => doors[Symbol.asyncDispose]());

  const read = async (uri: string, key: string = testKeys.a): Promise<JsonObject> => {
    const params = { uri, _meta: envelope() };
    const body = { jsonrpc: '2.0', id: 1, method: 'resources/read', params };
    const headers = {
      ...modernHeaders('resources/read', uri),
      authorization: `Bearer ${key}`,
    };
    const answer = await post(`${doors.url}/mcp/one`, body, headers);
    return objectMember(answer.body, 'result') ?? { error: answer.body?.['error'] ?? null };
  };
  const textOf = (result: JsonObject): unknown =>
    (result['contents'] as readonly JsonObject[] | undefined)?.[0]?.['text'];
  const emit = (name: 'service.changed' | 'resource.updated', uri = ''): void => {
    const [live] = doors.catalog.lives(doors.tenant);
    const event = { tenant: doors.tenant, serviceId: live?.service.id ?? '' };
    if (name === 'service.changed') doors.bus.emit(name, event);
    else doors.bus.emit(name, { ...event, uri });
  };

  it('keeps a private result for its credential and a public one for all', async () => {
    hints = { ttlMs: 60_000, cacheScope: 'private' };
    const first = await read('test://private');
    const again = await read('test://private');
    assert.equal(textOf(again), textOf(first));
    const left = again['ttlMs'] as number;
    assert.ok(left > 0 && left <= 60_000, `ttlMs ${left}`);
    assert.equal(again['cacheScope'], 'private');
    assert.notEqual(textOf(await read('test://private', testKeys.a2)), textOf(first));
    hints = { ttlMs: 60_000, cacheScope: 'public' };
    const shared = await read('test://public');
    assert.equal(textOf(await read('test://public', testKeys.a2)), textOf(shared));
    assert.notEqual(textOf(await read('test://other')), textOf(shared));
  });

  it('bills a hit as one, and asks no service for it', async () => {
    hints = { ttlMs: 60_000, cacheScope: 'private' };
    await read('test://billed');
    const before = reads;
    await read('test://billed');
    assert.equal(reads, before);
    const [asked, hit] = doors.usage.slice(-2);
    assert.deepEqual([asked?.outcome, asked?.upstreamCalled], ['ok', true]);
    assert.deepEqual([hit?.outcome, hit?.upstreamCalled, hit?.upstreamMs], ['cache_hit', false, 0]);
    assert.equal(hit?.serviceId, asked?.serviceId);
  });

  it('believes no hints that make no sense', async () => {
    for (const [ttlMs, shown] of [
      [-1, 0],
      ['60000', 0],
      [null, 0],
      [1e18, limits.cacheTtlMsMax],
    ] as const) {
      hints = { ttlMs, cacheScope: 'everybody' };
      const uri = `test://hint/${String(ttlMs)}`;
      const result = await read(uri);
      assert.deepEqual([result['ttlMs'], result['cacheScope']], [shown, 'private']);
      const other = await read(uri, testKeys.a2);
      assert.notEqual(textOf(other), textOf(result), 'junk is never shared');
      assert.equal(textOf(await read(uri)) === textOf(result), shown > 0);
    }
    hints = {};
    const bare = await read('test://bare');
    assert.deepEqual([bare['ttlMs'], bare['cacheScope']], [0, 'private']);
    assert.notEqual(textOf(await read('test://bare')), textOf(bare));
  });

  it('forgets what changed, at once', async () => {
    hints = { ttlMs: 60_000, cacheScope: 'private' };
    const first = await read('test://changing');
    const other = await read('test://unchanged');
    emit('resource.updated', 'test://changing');
    assert.notEqual(textOf(await read('test://changing')), textOf(first));
    assert.equal(textOf(await read('test://unchanged')), textOf(other));
    emit('service.changed');
    assert.notEqual(textOf(await read('test://unchanged')), textOf(other));
    const list = async (): Promise<JsonObject> => {
      const answer = await callModern(`${doors.url}/mcp/one`, 'tools/list');
      return objectMember(answer.body, 'result') ?? {};
    };
    await list();
    const asked = upstream.requests.length;
    await list();
    assert.equal(upstream.requests.length, asked);
    const [live] = doors.catalog.lives(doors.tenant);
    const serviceId = live?.service.id ?? '';
    doors.bus.emit('catalog.changed', { tenant: doors.tenant, serviceId, lists: ['tools'] });
    await list();
    assert.equal(upstream.requests.length, asked + 1);
  });

  it('answers with an older result while the service fails, and says so', async () => {
    hints = { ttlMs: 1, cacheScope: 'private', _meta: { own: 1 } };
    const first = await read('test://stale');
    await new Promise((resolve) => setTimeout(resolve, 5));
    isDown = true;
    const stale = await read('test://stale');
    assert.equal(textOf(stale), textOf(first));
    assert.equal(stale['ttlMs'], 0);
    assert.deepEqual(stale['_meta'], { own: 1, 'mcp-gateway/stale': true });
    const never = await read('test://never-read');
    isDown = false;
    assert.ok('error' in never);
    hints = {};
  });

  it('keeps no result of a tool call, and none that took input', async () => {
    hints = { ttlMs: 60_000, cacheScope: 'public' };
    const before = upstream.requests.length;
    await callModern(`${doors.url}/mcp/one`, 'tools/call', { name: 'echo' });
    await callModern(`${doors.url}/mcp/one`, 'tools/call', { name: 'echo' });
    assert.equal(upstream.requests.length, before + 2);
    const uri = 'test://ask';
    const asked = await callModern(`${doors.url}/mcp/one`, 'resources/read', { uri });
    const requestState = objectMember(asked.body, 'result')?.['requestState'] as string;
    for (let round = 0; round < 2; round++) {
      const params = { uri, requestState, inputResponses: {} };
      await callModern(`${doors.url}/mcp/one`, 'resources/read', params);
    }
    const again = await callModern(`${doors.url}/mcp/one`, 'resources/read', { uri });
    assert.equal(objectMember(again.body, 'result')?.['resultType'], 'input_required');
    assert.equal(upstream.requests.length, before + 6);
  });
});
