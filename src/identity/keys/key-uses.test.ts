import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import { tenantId } from '../../kernel/principal.ts';
import { KeyUses } from './key-uses.ts';
import type { KeyUse } from './store.ts';

const tenant = tenantId('ten_a');

test('uses are written together, each key once, and none twice', async () => {
  const written: (readonly KeyUse[])[] = [];
  const uses = new KeyUses({ noteUse: async (batch) => void written.push(batch) });
  await uses.write();
  assert.deepEqual(written, [], 'nothing to write, nothing written');
  uses.note({ tenant, keyId: 'key_1', atMs: 1 });
  uses.note({ tenant, keyId: 'key_2', atMs: 2 });
  uses.note({ tenant, keyId: 'key_1', atMs: 3 });
  await uses.write();
  await uses.write();
  const last = { tenant, keyId: 'key_1', atMs: 3 };
  assert.deepEqual(written, [[last, { tenant, keyId: 'key_2', atMs: 2 }]]);
});

test('credentialsCachedMax keys are remembered between two writes', async () => {
  let count = 0;
  const uses = new KeyUses({ noteUse: async (batch) => void (count += batch.length) });
  for (let index = 0; index <= limits.credentialsCachedMax; index++) {
    uses.note({ tenant, keyId: `key_${index}`, atMs: 1 });
  }
  await uses.write();
  assert.equal(count, limits.credentialsCachedMax);
  assert.equal(limits.keyUseNoteMs, 60_000, 'a key is noted at most once a minute');
});
