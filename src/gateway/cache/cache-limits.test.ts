import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBus } from '../../kernel/memory-bus.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { limits } from '../../kernel/limits.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import type { Permitted } from '../exchange.ts';
import { EntryStore } from './entry-store.ts';
import { ResultCache } from './result-cache.ts';

const permitted = {
  request: { method: 'resources/read', client: { capabilities: {} } },
  principal: { grantId: 'key_a' },
  target: { kind: 'upstream', live: { service: { id: 'svc_1' } }, params: { uri: 'test://a' } },
} as unknown as Permitted;

const complete = (text: string, ttlMs: number): Promise<McpOutcome> => {
  const value = { text, cacheScope: 'private', ttlMs };
  return Promise.resolve({ resultType: 'complete', result: JsonBytes.fromValue(value) });
};
const isCached = (outcome: McpOutcome): boolean => 'isCached' in outcome;
const failing = (): Promise<McpOutcome> => Promise.reject(new GatewayError('upstream_failed'));

test('a result of the greatest size is kept, a greater one is not', async () => {
  const frame = '{"text":"","cacheScope":"private"}'.length;
  for (const [more, kept] of [
    [0, true],
    [1, false],
  ] as const) {
    const cache = new ResultCache(new MemoryBus());
    const text = 'x'.repeat(limits.cacheEntryBytesMax - frame + more);
    await cache.filter.filter(permitted, () => complete(text, 1_000));
    assert.equal(isCached(await cache.filter.filter(permitted, () => complete('', 0))), kept);
  }
});

test('an old result stands in for a failing service for so long and no longer', async () => {
  for (const [lateMs, isUsed] of [
    [limits.cacheStaleMs - 1, true],
    [limits.cacheStaleMs, false],
  ] as const) {
    let now = 1_000_000;
    const cache = new ResultCache(new MemoryBus(), new EntryStore(), () => now);
    await cache.filter.filter(permitted, () => complete('old', 500));
    now += 500 + lateMs;
    const answer = cache.filter.filter(permitted, failing);
    if (isUsed) assert.equal(isCached(await answer), true);
    else await assert.rejects(answer, { code: 'upstream_failed' });
  }
});

test('what was dropped while it was asked for is neither kept nor shown', async () => {
  const bus = new MemoryBus();
  let now = 1_000_000;
  const cache = new ResultCache(bus, new EntryStore(), () => now);
  const drop = (): void => bus.emit('service.changed', { tenant: 't', serviceId: 'svc_1' });
  await cache.filter.filter(permitted, () => {
    drop();
    return complete('before', 1_000);
  });
  const next = await cache.filter.filter(permitted, () => complete('after', 1_000));
  assert.equal(isCached(next), false);
  now += 2_000;
  const dropped = cache.filter.filter(permitted, () => {
    drop();
    return failing();
  });
  await assert.rejects(dropped, { code: 'upstream_failed' });
});

test('everything together stays within its bytes', () => {
  const result = JsonBytes.fromBytes(Buffer.alloc(limits.cacheEntryBytesMax, 0x20));
  const store = new EntryStore();
  for (let index = 0; index < 20; index++) {
    const entry = { serviceId: 's', method: 'resources/read', uri: undefined };
    store.put(`${index}`, { ...entry, result, freshUntilMs: 0 });
    assert.ok(store.bytes <= limits.cacheBytesMax);
  }
  assert.ok(store.bytes > limits.cacheBytesMax - 2 * limits.cacheEntryBytesMax);
});
