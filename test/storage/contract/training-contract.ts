import assert from 'node:assert/strict';
import { test } from 'node:test';
import { started } from './chat-fixtures.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

/** What keeps consent and feedback must do on every engine. */
export function trainingContract(open: OpenEmpty): void {
  test('consent is given once, paged by user, and revoked', async (t) => {
    const { training } = await openWithTenants(open, t);
    const user = (id: string) => ({ kind: 'user', id }) as const;
    assert.equal(await training.consent(A, user('usr_1')), null);
    for (const [at, id] of ['usr_2', 'usr_1', 'usr_3'].entries()) {
      await training.setConsent(A, user(id), at + 5);
    }
    await training.setConsent(A, user('usr_1'), 99);
    assert.equal(await training.consent(A, user('usr_1')), 6, 'it stays of its moment');
    assert.equal(await training.consent(B, user('usr_1')), null);
    assert.deepEqual(await training.consenting(A, '', 2), [user('usr_1'), user('usr_2')]);
    assert.deepEqual(await training.consenting(A, 'usr_2', 2), [user('usr_3')]);
    await training.setConsent(B, user('usr_1'), null);
    await training.setConsent(A, user('usr_2'), null);
    assert.deepEqual(await training.consenting(A, '', 9), [user('usr_1'), user('usr_3')]);
  });

  test('feedback is replaced, taken back, and goes with its conversation', async (t) => {
    const storage = await openWithTenants(open, t);
    const { training, chats } = storage;
    await started(storage, { number: 1 });
    const place = [A, 'cnv_1'] as const;
    const said = { messageId: 'msg_1', rating: 'up', corrected: null, atMs: 5 } as const;
    await training.putFeedback(...place, said);
    const better = { ...said, rating: 'down', corrected: 'So.', atMs: 6 } as const;
    await training.putFeedback(...place, better);
    assert.deepEqual(await training.feedback(...place), [better]);
    assert.deepEqual(await training.feedback(B, 'cnv_1'), []);
    assert.equal(await training.removeFeedback(A, 'cnv_2', 'msg_1'), false);
    assert.equal(await training.removeFeedback(...place, 'msg_1'), true);
    assert.equal(await training.removeFeedback(...place, 'msg_1'), false);
    await training.putFeedback(...place, said);
    await chats.conversations.remove(...place);
    assert.deepEqual(await training.feedback(...place), []);
  });
}
