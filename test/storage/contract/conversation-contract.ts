import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { HashedFile } from '../../../src/chat/store.ts';
import { conversationOf, finish, LIFE_MS, started, startOf } from './chat-fixtures.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

/** Conversations and their files must be the same on every engine. */
export function conversationsContract(open: OpenEmpty): void {
  conversationContract(open);
  artifactContract(open);
  retentionContract(open);
}

function conversationContract(open: OpenEmpty): void {
  test('conversations are listed, searched, renamed, shared and deleted', async (t) => {
    const storage = await openWithTenants(open, t);
    const { conversations, runs } = storage.chats;
    const texts = ['Größe 100%', 'orders of ACME', 'nothing'];
    for (const [number, text] of texts.entries()) {
      const base = startOf({ number });
      const parts = [{ type: 'text', text }] as const;
      const message = { ...base.message, parts, createdAtMs: 10 + number };
      const { fence } = await started(storage, { number, change: { message } });
      await runs.write(A, fence, finish);
    }
    await started(storage, { number: 7, owner: 'usr_2' });
    const list = async (asked: object) => {
      const found = await conversations.list(A, { ownerId: 'usr_1', rowsMax: 9, ...asked });
      return found.map(({ id }) => id);
    };
    assert.deepEqual(await list({}), ['cnv_2', 'cnv_1', 'cnv_0']);
    assert.deepEqual(await list({ before: { id: 'cnv_1', changedAtMs: 11 } }), ['cnv_0']);
    assert.deepEqual(await list({ search: 'GRÖSSE' }), []);
    assert.deepEqual(await list({ search: 'GRÖßE 100%' }), ['cnv_0']);
    assert.deepEqual(await list({ search: '0_' }), []);
    assert.deepEqual(await list({ search: 'title of cnv_2' }), ['cnv_2']);
    assert.deepEqual(await list({ search: 'acme' }), ['cnv_1']);
    assert.deepEqual(await list({ ownerId: 'usr_3' }), []);
    assert.equal(await conversations.rename(B, 'cnv_1', 'Other', undefined), undefined);
    const renamed = await conversations.rename(A, 'cnv_1', 'Other', 1);
    assert.deepEqual([renamed?.title, renamed?.version], ['Other', 2]);
    await assert.rejects(conversations.rename(A, 'cnv_1', 'More', 1), { code: 'conflict' });
    assert.equal((await conversations.get(A, 'cnv_1'))?.title, 'Other');
    const link = { hash: 'h1', headId: 'msg_1' };
    assert.equal(await conversations.share(B, 'cnv_1', link), false);
    assert.equal(await conversations.share(A, 'cnv_1', link), true);
    assert.equal((await conversations.shared(A, 'h1'))?.sharedHeadId, 'msg_1');
    assert.equal(await conversations.shared(B, 'h1'), undefined);
    assert.equal(await conversations.share(A, 'cnv_1', null), true);
    assert.equal(await conversations.shared(A, 'h1'), undefined);
    assert.equal(await conversations.remove(B, 'cnv_1'), false);
    assert.equal(await conversations.remove(A, 'cnv_1'), true);
    assert.equal(await runs.get(A, 'chr_1'), undefined);
    assert.deepEqual(await conversations.messages(A, 'cnv_1'), []);
  });
}

const fileOf = (id: string, text: string): HashedFile => {
  const bytes = new TextEncoder().encode(text);
  const hash = createHash('sha256').update(bytes).digest('hex');
  return { id, hash, mediaType: 'text/plain', name: 'a.txt', bytes };
};

function artifactContract(open: OpenEmpty): void {
  test('files are kept once for each content and go with the last conversation', async (t) => {
    const storage = await openWithTenants(open, t);
    const { artifacts, conversations } = storage.chats;
    await started(storage, { number: 1, change: { files: [fileOf('art_1', 'hello')] } });
    await started(storage, { number: 2 });
    const place = { tenant: A, conversationId: 'cnv_2' };
    await artifacts.insert(place, fileOf('art_2', 'hello'), 3);
    const found = await artifacts.get(A, 'art_2');
    assert.equal(Buffer.from(found?.bytes ?? []).toString(), 'hello');
    assert.deepEqual(
      [found?.conversationId, found?.mediaType, found?.name, found?.size],
      ['cnv_2', 'text/plain', 'a.txt', 5],
    );
    assert.equal(await artifacts.get(B, 'art_2'), undefined);
    assert.deepEqual(
      (await artifacts.list(A, 'cnv_1')).map(({ id }) => id),
      ['art_1'],
    );
    const conversation = conversationOf('cnv_3', 'usr_1');
    const copies = [{ id: 'art_3', copyOf: 'art_1' }];
    await conversations.insertWhole(A, { conversation, messages: [], artifacts: copies });
    await conversations.remove(A, 'cnv_1');
    await conversations.remove(A, 'cnv_2');
    assert.equal(await artifacts.get(A, 'art_1'), undefined);
    assert.equal(Buffer.from((await artifacts.get(A, 'art_3'))?.bytes ?? []).toString(), 'hello');
    await conversations.remove(A, 'cnv_3');
    // Whoever brings it again brings it anew.
    await started(storage, { number: 4, change: { files: [fileOf('art_4', 'hello')] } });
    assert.equal((await artifacts.get(A, 'art_4'))?.size, 5);
  });
}

function retentionContract(open: OpenEmpty): void {
  test('old conversations go, but none that is worked on, and only by the holder', async (t) => {
    const storage = await openWithTenants(open, t);
    const { conversations, runs } = storage.chats;
    for (const number of [1, 2]) {
      const { fence } = await started(storage, { number });
      if (number === 1) await runs.write(A, fence, finish);
    }
    const fence = await storage.leases.acquire('retention.keep', 'node1', LIFE_MS);
    assert.ok(fence);
    assert.equal(await conversations.deleteOlder(A, 6, { ...fence, number: 99 }), false);
    assert.notEqual(await conversations.get(A, 'cnv_1'), undefined);
    await conversations.deleteOlder(A, 5, fence);
    assert.notEqual(await conversations.get(A, 'cnv_1'), undefined);
    await conversations.deleteOlder(A, 6, fence);
    assert.equal(await conversations.get(A, 'cnv_1'), undefined);
    assert.notEqual(await conversations.get(A, 'cnv_2'), undefined);
  });
}
