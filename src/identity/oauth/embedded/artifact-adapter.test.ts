import assert from 'node:assert/strict';
import { test } from 'node:test';
import { artifactStore } from '../../../../test/support/memory-oauth-stores.ts';
import { Seal } from '../../../kernel/seal.ts';
import type { Artifact } from '../store.ts';
import { createArtifactAdapter } from './artifact-adapter.ts';

function setUp() {
  const rows = new Map<string, Artifact>();
  const store = artifactStore(rows);
  const seal = new Seal([{ id: 'k1', secret: Buffer.alloc(32, 7) }], 'oauth');
  const usedTwice = () => new Error('used twice');
  const options = { store, seal, now: () => 1_000, usedTwice };
  return { rows, adapter: createArtifactAdapter('AuthorizationCode', options) };
}

test('of two who use something up, one is told that it was used', async () => {
  const { adapter } = setUp();
  await adapter.upsert('id', { grantId: 'ten/grt' }, 60);
  await adapter.consume('id');
  await assert.rejects(adapter.consume('id'), /used twice/);
  assert.equal((await adapter.find('id'))?.['consumed'], 1);
});

test('neither ids nor payloads can be read from the rows, nor moved between them', async () => {
  const { rows, adapter } = setUp();
  await adapter.upsert('secret-id', { uid: 'secret-uid', accountId: 'usr_secret' }, 60);
  const text = JSON.stringify([...rows]);
  for (const secret of ['secret-id', 'secret-uid', 'usr_secret']) assert.ok(!text.includes(secret));
  assert.equal((await adapter.findByUid('secret-uid'))?.['accountId'], 'usr_secret');
  await adapter.upsert('other', {}, 60);
  const [[, one], [otherKey, other]] = [...rows] as [[string, Artifact], [string, Artifact]];
  rows.set(otherKey, { ...other, sealed: one.sealed });
  assert.equal(await adapter.find('other'), undefined);
});
