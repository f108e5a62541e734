import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answersSchema,
  chatRequestSchema,
} from '../../src/http/api/resources/chat/chat-schemas.ts';
import type { ChatDesk } from '../../src/chat/desk/chat-desk.ts';
import { bringResults } from '../../src/http/api/resources/chat/openai/bring-results.ts';
import { callerToolsOf } from '../../src/http/api/resources/chat/openai/caller-tools.ts';
import { responseBody } from '../../src/http/api/resources/chat/responses/response-request.ts';
import { instructionsOf } from '../../src/http/api/resources/chat/openai/sent-content.ts';
import { testPrincipal } from '../support/test-principal.ts';
import { startRefused } from '../../src/chat/runs/start-refused.ts';
import { limits } from '../../src/kernel/limits.ts';
import { stepsOf } from '../../src/storage/stores/transactions.ts';
import { searchTextOf } from '../../src/storage/stores/rows/chat-rows.ts';
import { createTransactionMemo } from '../../src/storage/stores/transaction-memo.ts';
import { adoptChatRuns } from '../../src/jobs/adopt-chat-runs.ts';
import { chatWorld, saying } from '../support/chat-world.ts';

test('a tenant keeps files of chatArtifactBytesPerTenantMax bytes', () => {
  const file = { id: 'art_1', hash: 'h', mediaType: 'text/plain', name: null };
  const kept = (bytes: number) => {
    const place = { tenant: 'ten_a', conversationId: 'cnv_1' };
    const one = { ...file, bytes: new Uint8Array(1) };
    const asked = { place, file: one, createdAtMs: 1 };
    const steps = stepsOf('insertChatArtifact', asked, createTransactionMemo());
    steps.next();
    return steps.next({ rows: [{ bytes }], changes: 0 });
  };
  assert.equal(kept(limits.chatArtifactBytesPerTenantMax - 1).done, false);
  assert.throws(() => kept(limits.chatArtifactBytesPerTenantMax), { code: 'conflict' });
});

test('chatSearchedCharactersMax of a message can be searched', () => {
  const text = (length: number) => ({
    role: 'user' as const,
    parts: [{ type: 'text' as const, text: `${'x'.repeat(length)}Y` }],
  });
  const max = limits.chatSearchedCharactersMax;
  assert.ok(searchTextOf(text(max - 1)).endsWith('y'));
  assert.ok(!searchTextOf(text(max)).endsWith('y'));
});

test('one request has chatAnswersMax answers', () => {
  const one = { id: 'a', approve: true };
  const answers = (count: number) => ({ answers: Array.from({ length: count }, () => one) });
  assert.equal(answersSchema.safeParse(answers(limits.chatAnswersMax)).success, true);
  assert.equal(answersSchema.safeParse(answers(limits.chatAnswersMax + 1)).success, false);
  assert.ok(limits.chatAnswerBytesMax < limits.requestBodyBytesMax);
});

test('a message with as much as it may have fits the body', () => {
  const file = 4 * Math.ceil(limits.chatFileBytesMax / 3);
  assert.ok(file + 6 * limits.chatMessageCharactersMax < limits.chatBodyBytesMax);
  const message = 'x'.repeat(limits.chatMessageCharactersMax);
  assert.equal(chatRequestSchema.safeParse({ message }).success, true);
});

test('a lease outlives renewals that fail, and a run that is left behind is found soon', () => {
  assert.ok(limits.chatLeaseMs >= 3 * limits.chatLeaseRenewMs);
  assert.ok(limits.chatEventGatherMs <= limits.chatEventPollMs);
  assert.ok(limits.chatHeartbeatMs < limits.clientIdleMs || limits.chatHeartbeatMs <= 15_000);
  assert.ok(limits.chatAnswerWaitMs >= limits.chatRunMs);
  assert.ok(limits.chatEventPageRows <= limits.chatEventsPerRunMax);
  assert.equal(adoptChatRuns(() => Promise.resolve()).everyMs, limits.chatAdoptLookMs);
});

test('a run has the usual limits unless others are asked for', async (t) => {
  const world = await chatWorld(t);
  const one = world.open();
  const usual = await one.desk.say(world.ada, saying('say x'));
  assert.deepEqual(usual.limits, {
    stepsMax: limits.chatSteps,
    totalMs: limits.chatRunMs,
    parallelCallsMax: limits.chatParallelCalls,
  });
  const asked = await one.desk.say(world.ada, saying('say x', { limits: { stepsMax: 1 } }));
  assert.equal(asked.limits.stepsMax, 1);
});

test('a caller brings chatCallerToolsMax tools of chatCallerToolsBytesMax bytes', () => {
  const one = (name: string, description = '') => ({ name, description });
  const many = (count: number) => ({
    input: 'x',
    tools: Array.from({ length: count }, (_, at) => ({ type: 'function', ...one(`t${at}`) })),
  });
  const max = limits.chatCallerToolsMax;
  assert.equal(responseBody.safeParse(many(max)).success, true);
  assert.equal(responseBody.safeParse(many(max + 1)).success, false);
  const bytes = JSON.stringify([one('t')]).length;
  const long = (length: number) => callerToolsOf([one('t', 'x'.repeat(length - bytes))]);
  assert.equal(long(limits.chatCallerToolsBytesMax).length, 1);
  assert.throws(() => long(limits.chatCallerToolsBytesMax + 1), { code: 'invalid_params' });
});

test('instructions have chatInstructionsCharactersMax characters', () => {
  const max = limits.chatInstructionsCharactersMax;
  assert.equal(instructionsOf(['x'.repeat(max)], 'instructions')?.length, max);
  assert.throws(() => instructionsOf(['x'.repeat(max + 1)], 'instructions'), {
    code: 'invalid_params',
  });
});

test('a result has chatCallerResultCharactersMax characters', async () => {
  const wait = { callId: 'c', tool: 't', kind: 'caller', id: 'c', message: '' } as const;
  const given: unknown[] = [];
  const desk = {
    awaiting: () => Promise.resolve({ id: 'chr_1' }),
    summary: () => Promise.resolve({ waits: [wait], lastSeq: 3 }),
    answer: (_: unknown, id: string) => Promise.resolve(given.push(id) > 0),
  } as unknown as ChatDesk;
  const bring = (length: number) => {
    const answer = { id: 'c', kind: 'caller', output: 'x'.repeat(length) } as const;
    return bringResults(desk, testPrincipal(), [{ field: 'input[0]', answer }]);
  };
  const max = limits.chatCallerResultCharactersMax;
  await assert.rejects(bring(max + 1), { code: 'invalid_params' });
  assert.deepEqual(given, []);
  assert.equal((await bring(max)).after, 3);
});

test('as many as chatAdoptRows runs are adopted at a time', async (t) => {
  const world = await chatWorld(t);
  const asked: number[] = [];
  const { chats } = world.storage;
  const runs = {
    ...chats.runs,
    orphans: (_holder: string, rowsMax: number) => Promise.resolve((asked.push(rowsMax), [])),
  };
  await world
    .open('node2', { store: { ...chats, runs } })
    .keeper.adopt(new AbortController().signal);
  assert.deepEqual(asked, [limits.chatAdoptRows]);
});

test('who is refused is told the number', () => {
  const said = (refused: 'conversations' | 'messages' | 'user_runs' | 'tenant_runs') =>
    startRefused({ refused });
  assert.match(said('conversations').message, RegExp(`${limits.chatConversationsPerUserMax}`));
  assert.match(said('messages').message, RegExp(`${limits.chatMessagesPerConversationMax}`));
  assert.match(said('user_runs').message, RegExp(`${limits.chatRunsPerUserMax}`));
  assert.equal(said('tenant_runs').code, 'too_many');
  assert.ok(limits.chatRunsPerTenantMax > limits.chatRunsPerUserMax);
});
