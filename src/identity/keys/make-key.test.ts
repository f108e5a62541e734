import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { IdSource } from '../../kernel/ids.ts';
import { tenantId } from '../../kernel/principal.ts';
import { readKeyText } from './key-text.ts';
import { issueKey } from './make-key.ts';
import { randomText } from './random-text.ts';
import type { NewKey } from './store.ts';

const keySecret = Buffer.alloc(32, 7);

const subject = { kind: 'user', id: 'usr_1' } as const;

test('a key is shown once and stored as its HMAC', async () => {
  const stored: NewKey[] = [];
  const apiKeys = {
    create: async (tenant: string, created: NewKey) => {
      assert.equal(tenant, 'ten_a');
      stored.push(created);
    },
  };
  const maker = { apiKeys, keySecret, env: 'test', ids: new IdSource(() => 5), now: () => 5 };
  const request = { subject, name: 'laptop', expiresAtMs: 99 };
  const { key, secret, plaintext } = await issueKey(maker, tenantId('ten_a'), request);
  const read = readKeyText(plaintext);
  assert.equal(read?.env, 'test');
  assert.equal(`key_${read.digits}`, key.id);
  assert.ok(read.secret.length >= 43);
  assert.deepEqual(stored, [{ key, secret }]);
  assert.equal(secret.hash, createHmac('sha256', keySecret).update(plaintext).digest('hex'));
  assert.ok(plaintext.startsWith(key.prefix));
  assert.equal(JSON.stringify(stored).includes(read.secret.slice(4)), false);
  assert.deepEqual([key.subject, key.name, key.createdAtMs], [subject, 'laptop', 5]);
  assert.deepEqual([key.expiresAtMs, key.revokedAtMs, key.lastUsedAtMs], [99, null, null]);
  const unlimited = await issueKey(maker, tenantId('ten_a'), { subject, name: 'laptop' });
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
