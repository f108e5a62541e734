import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunStart, StoredMessage } from '../../../src/chat/store.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { conversationOf, finish, LIFE_MS, messageOf, refusal, started } from './chat-fixtures.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

/** What is kept of chats must do the same on every engine. */
export function chatContract(open: OpenEmpty): void {
  startContract(open);
  oneRunContract(open);
  limitContract(open);
  leaseContract(open);
  answerContract(open);
  spentContract(open);
}

function startContract(open: OpenEmpty): void {
  test('a message, its run and the lease are written together and read as they were', async (t) => {
    const storage = await openWithTenants(open, t);
    const { runs, conversations } = storage.chats;
    const { fence, lastSeq, run: begun } = await started(storage, { number: 1 });
    assert.deepEqual([fence, lastSeq], [{ runId: 'chr_1', number: 1 }, 0]);
    assert.deepEqual(await runs.get(A, 'chr_1'), begun);
    assert.equal(await runs.get(B, 'chr_1'), undefined);
    const kept = await conversations.get(A, 'cnv_1');
    assert.deepEqual(kept, {
      ...conversationOf('cnv_1', 'usr_1'),
      headId: 'msg_1',
      changedAtMs: 5,
    });
    const usage = {
      inputTokens: 9,
      cachedTokens: 1,
      cacheWriteTokens: 0,
      outputTokens: 4,
      reasoningTokens: 0,
      isEstimated: false,
    };
    const cost = { nano: 9_007_199_254_740_993n, currency: 'USD' };
    const answer: StoredMessage = {
      ...messageOf('msg_2', 'cnv_1', 'chr_1'),
      parentId: 'msg_1',
      role: 'assistant',
      model: 'demo/demo',
      usage,
      cost,
    };
    const events = [1, 2].map((seq) => ({ seq, event: { type: 'text', text: `${seq}` } as const }));
    await runs.write(A, fence, { message: answer, events, workedMs: 2, atMs: 8 });
    await runs.write(A, fence, finish);
    const branch = await conversations.branch(A, 'cnv_1', 'msg_2');
    assert.deepEqual(branch, [messageOf('msg_1', 'cnv_1', 'chr_1'), answer]);
    assert.deepEqual(await conversations.branch(B, 'cnv_1', 'msg_2'), []);
    assert.deepEqual(await conversations.branch(A, 'cnv_x', 'msg_2'), []);
    assert.deepEqual(await runs.events(A, 'chr_1', 1, 9), [events[1]]);
    assert.deepEqual(await runs.events(B, 'chr_1', 0, 9), []);
    const over = await runs.get(A, 'chr_1');
    assert.deepEqual(
      [over?.status, over?.stopReason, over?.headId, over?.workedMs, over?.endedAtMs],
      ['finished', 'done', 'msg_2', 3, 9],
    );
    await assert.rejects(runs.write(A, fence, finish), { code: 'conflict' });
  });
}

function oneRunContract(open: OpenEmpty): void {
  test('a conversation has one run at a time, behind its own messages', async (t) => {
    const storage = await openWithTenants(open, t);
    const { fence } = await started(storage, { number: 1 });
    const more = (number: number, change: Partial<RunStart> = {}, owner = 'usr_1', tenant = A) =>
      refusal(storage, { number, owner, tenant, change: { conversationId: 'cnv_1', ...change } });
    assert.deepEqual(await more(2), { refused: 'open_run', runId: 'chr_1' });
    await storage.chats.runs.write(A, fence, finish);
    assert.deepEqual(await more(2, {}, 'usr_2'), { refused: 'no_conversation' });
    assert.deepEqual(await more(2, {}, 'usr_1', B), { refused: 'no_conversation' });
    await started(storage, { number: 9 });
    const message = { ...messageOf('msg_2', 'cnv_1', 'chr_2'), parentId: 'msg_9' };
    assert.deepEqual(await more(2, { isAtHead: false, message }), { refused: 'no_parent' });
    const branched = { ...message, parentId: 'msg_1' };
    const change = { conversationId: 'cnv_1', isAtHead: false, message: branched };
    await started(storage, { number: 2, change });
    const all = await storage.chats.conversations.messages(A, 'cnv_1');
    assert.deepEqual(
      all.map(({ id, parentId }) => [id, parentId]),
      [
        ['msg_1', null],
        ['msg_2', 'msg_1'],
      ],
    );
  });
}

function limitContract(open: OpenEmpty): void {
  test('chatRunsPerUserMax and chatRunsPerTenantMax runs work at once', async (t) => {
    const storage = await openWithTenants(open, t);
    let number = 0;
    for (; number < limits.chatRunsPerUserMax; number++) await started(storage, { number });
    assert.deepEqual(await refusal(storage, { number }), { refused: 'user_runs' });
    assert.equal(await storage.chats.conversations.get(A, `cnv_${number}`), undefined);
    for (; number < limits.chatRunsPerTenantMax; number++) {
      await started(storage, { number, owner: `usr_of_${number}` });
    }
    assert.deepEqual(await refusal(storage, { number, owner: 'usr_x' }), {
      refused: 'tenant_runs',
    });
    await started(storage, { number, tenant: B });
  });

  test('a conversation has so many messages (chatMessagesPerConversationMax)', async (t) => {
    const storage = await openWithTenants(open, t);
    const { runs } = storage.chats;
    const { fence } = await started(storage, { number: 1 });
    for (let count = 1; count < limits.chatMessagesPerConversationMax - 1; count++) {
      const message = messageOf(`msg_more_${count}`, 'cnv_1', 'chr_1');
      await runs.write(A, fence, { message, workedMs: 0, atMs: 1 });
    }
    await runs.write(A, fence, finish);
    const change = { conversationId: 'cnv_1' };
    const last = await started(storage, { number: 2, change });
    await runs.write(A, last.fence, finish);
    assert.deepEqual(await refusal(storage, { number: 3, change }), { refused: 'messages' });
  });

  test('a user has so many conversations (chatConversationsPerUserMax)', async (t) => {
    const storage = await openWithTenants(open, t);
    const { conversations } = storage.chats;
    const whole = (number: number) => ({
      conversation: conversationOf(`cnv_w${number}`, 'usr_1'),
      messages: [],
      artifacts: [],
    });
    for (let count = 0; count < limits.chatConversationsPerUserMax - 1; count++) {
      await conversations.insertWhole(A, whole(count));
    }
    const { fence } = await started(storage, { number: 1 });
    await storage.chats.runs.write(A, fence, finish);
    assert.deepEqual(await refusal(storage, { number: 2 }), { refused: 'conversations' });
    await assert.rejects(conversations.insertWhole(A, whole(-1)), { code: 'conflict' });
  });
}

function leaseContract(open: OpenEmpty): void {
  test('a run is its holder’s until the lease is over; an earlier one is refused', async (t) => {
    const storage = await openWithTenants(open, t);
    const { runs } = storage.chats;
    const { fence } = await started(storage, { number: 1 });
    assert.equal(await runs.take(A, 'chr_1', 'node2', LIFE_MS), undefined);
    assert.deepEqual(await runs.orphans('node2', 9), []);
    assert.deepEqual(await runs.orphans('node1', 9), [{ tenant: A, id: 'chr_1' }]);
    assert.deepEqual(await runs.renew(A, fence, 0), { isStopAsked: false });
    assert.deepEqual(await runs.orphans('node2', 9), [{ tenant: A, id: 'chr_1' }]);
    assert.equal(await runs.take(B, 'chr_1', 'node2', LIFE_MS), undefined);
    const taken = await runs.take(A, 'chr_1', 'node2', LIFE_MS);
    assert.equal(taken?.fence.number, 2);
    assert.equal(await runs.take(A, 'chr_1', 'node3', LIFE_MS), undefined);
    assert.equal(await runs.renew(A, fence, LIFE_MS), undefined);
    const late = {
      events: [{ seq: 1, event: { type: 'resumed' } as const }],
      workedMs: 1,
      atMs: 1,
    };
    await assert.rejects(runs.write(A, fence, late), { code: 'conflict' });
    assert.deepEqual(await runs.events(A, 'chr_1', 0, 9), []);
    assert.equal(await runs.askStop(B, 'chr_1'), false);
    assert.equal(await runs.askStop(A, 'chr_1'), true);
    assert.deepEqual(await runs.renew(A, taken.fence, LIFE_MS), { isStopAsked: true });
    assert.deepEqual(await runs.write(A, taken.fence, late), { isStopAsked: true });
    const again = await runs.take(A, 'chr_1', 'node2', LIFE_MS);
    assert.deepEqual([again?.fence.number, again?.lastSeq], [3, 1]);
  });
}

function answerContract(open: OpenEmpty): void {
  test('a run that waits takes answers to what it asked, and nothing else', async (t) => {
    const storage = await openWithTenants(open, t);
    const { runs } = storage.chats;
    const { fence } = await started(storage, { number: 1 });
    const wait = { tool: 'orders__cancel', message: 'May it?' };
    const waits = [
      { ...wait, id: 'apr_1', callId: 'c1', kind: 'approval' },
      { ...wait, id: 'q1', callId: 'c2', kind: 'question' },
    ] as const;
    const call = { callId: 'c1', state: { state: 'waiting', waits: [waits[0]] } } as const;
    await runs.write(A, fence, { call, workedMs: 1, atMs: 1 });
    assert.deepEqual([...(await runs.calls(A, 'chr_1'))], [['c1', call.state]]);
    await runs.write(A, fence, { rest: { status: 'waiting', waits }, workedMs: 1, atMs: 1 });
    assert.deepEqual(
      (await runs.waits(A, 'chr_1')).map((one) => one.wait.id),
      ['apr_1', 'q1'],
    );
    const yes = { id: 'apr_1', kind: 'approval', isApproved: true } as const;
    const said = { id: 'q1', kind: 'question', response: { action: 'accept' } } as const;
    const write = { runId: 'chr_1', answers: [yes], allowed: [], atMs: 7 };
    assert.equal(await runs.answer(B, write), 'not_waiting');
    for (const answers of [
      [{ ...yes, id: 'apr_x' }],
      [yes, yes],
      [{ ...said, id: 'apr_1' }],
      [yes, { ...said, id: 'q2' }],
    ]) {
      assert.equal(await runs.answer(A, { ...write, answers }), 'unknown');
    }
    assert.equal((await runs.waitingFor(A, 'apr_1'))?.id, 'chr_1');
    assert.equal(await runs.waitingFor(B, 'apr_1'), undefined);
    const allowed = [{ tool: 'orders__cancel', digest: 'd1' }];
    assert.equal(await runs.answer(A, { ...write, allowed }), 'partly');
    assert.equal(await runs.waitingFor(A, 'apr_1'), undefined);
    assert.equal(await runs.answer(A, write), 'unknown');
    assert.equal(await runs.answer(A, { ...write, answers: [said] }), 'complete');
    assert.deepEqual(
      (await runs.waits(A, 'chr_1')).map((one) => one.answer),
      [yes, said],
    );
    assert.deepEqual(await runs.allowed(A, 'cnv_1'), allowed);
    assert.deepEqual(await runs.allowed(B, 'cnv_1'), []);
    assert.deepEqual(await runs.orphans('node1', 9), []);
    const taken = await runs.take(A, 'chr_1', 'node2', LIFE_MS);
    assert.equal(taken?.run.status, 'running');
    assert.equal(await runs.answer(A, write), 'not_waiting');
  });
}

function spentContract(open: OpenEmpty): void {
  test('what is spent is summed by run, and written again in its place', async (t) => {
    const storage = await openWithTenants(open, t);
    const { runs, conversations } = storage.chats;
    const { fence } = await started(storage, { number: 1 });
    const spend = (id: string, nano: bigint, currency: string) =>
      runs.write(A, fence, { spent: { id, nano, currency }, workedMs: 1, atMs: 1 });
    const sums = async (runId: string, tenant = A) => {
      const all = await runs.spent(tenant, { runId, conversationId: 'cnv_1' });
      return all.toSorted((one, other) => (one.currency < other.currency ? -1 : 1));
    };
    assert.deepEqual(await sums('chr_1'), []);
    await spend('spt_1', 9_007_199_254_740_993n, 'USD');
    await spend('spt_2', 5n, 'EUR');
    await spend('spt_3', 7n, 'USD');
    await spend('spt_2', 3n, 'EUR');
    const expected = [
      { isOfRun: true, nano: 3n, currency: 'EUR' },
      { isOfRun: true, nano: 9_007_199_254_741_000n, currency: 'USD' },
    ];
    assert.deepEqual(await sums('chr_1'), expected);
    assert.deepEqual(
      await sums('chr_2'),
      expected.map((one) => ({ ...one, isOfRun: false })),
    );
    assert.deepEqual(await sums('chr_1', B), []);
    const late = { runId: 'chr_1', number: 0 };
    const spent = { id: 'spt_4', nano: 1n, currency: 'USD' };
    await assert.rejects(runs.write(A, late, { spent, workedMs: 1, atMs: 1 }), {
      code: 'conflict',
    });
    await runs.write(A, fence, finish);
    assert.equal(await conversations.remove(A, 'cnv_1'), true);
    assert.deepEqual(await sums('chr_1'), []);
  });
}
