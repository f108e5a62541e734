import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { IdSource } from '../kernel/ids.ts';
import { tenantId } from '../kernel/principal.ts';
import { issueKey, KEY_SHAPE } from './issue-key.ts';
import { randomText } from './random-text.ts';
import type { ApiKey, IdentityStore } from './store.ts';

const keySecret = Buffer.alloc(32, 7);

test('a key is shown once and stored as its HMAC', async () => {
  const stored: ApiKey[] = [];
  const store = {
    createKey: async (tenant: string, key: ApiKey) => {
      assert.equal(tenant, 'ten_a');
      stored.push(key);
    },
  } as unknown as IdentityStore;
  const maker = { store, keySecret, ids: new IdSource(() => 5), now: () => 5 };
  const { key, plaintext } = await issueKey(maker, tenantId('ten_a'), {
    userId: 'usr_1',
    name: 'laptop',
    expiresAtMs: 99,
  });
  assert.match(plaintext, KEY_SHAPE);
  assert.deepEqual(stored, [key]);
  assert.equal(key.hash, createHmac('sha256', keySecret).update(plaintext).digest('hex'));
  assert.equal(key.prefix, plaintext.slice(0, 8));
  assert.equal(JSON.stringify(key).includes(plaintext.slice(9)), false);
  assert.deepEqual([key.userId, key.name, key.createdAtMs], ['usr_1', 'laptop', 5]);
  assert.deepEqual([key.expiresAtMs, key.revokedAtMs], [99, null]);
  const unlimited = await issueKey(maker, tenantId('ten_a'), { userId: 'usr_1', name: 'laptop' });
  assert.equal(unlimited.key.expiresAtMs, null);
  assert.notEqual(unlimited.plaintext, plaintext);
});

test('random text uses every letter and digit evenly', () => {
  const counts = new Map<string, number>();
  const text = randomText(62_000);
  assert.equal(text.length, 62_000);
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  assert.equal(counts.size, 62);
  // 1000 expected; six standard deviations.
  for (const [character, count] of counts) assert.ok(Math.abs(count - 1000) < 190, character);
});
