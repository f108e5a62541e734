import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../src/kernel/limits.ts';
import type { Principal } from '../../src/kernel/principal.ts';
import { chatWorld, saying, type ChatInstance } from '../support/chat-world.ts';
import { until } from '../support/until.ts';

/** Says something and waits until the run rests. */
async function said({ desk }: ChatInstance, who: Principal, text: string, conversationId?: string) {
  const run = await desk.say(who, saying(text, { conversationId }));
  await desk.settled(who, run.id, AbortSignal.timeout(10_000));
  return desk.summary(who, run.id);
}

async function eventsOf({ desk }: ChatInstance, who: Principal, runId: string, after = 0) {
  const seen = [];
  const followed = await desk.follow(who, runId, after, AbortSignal.timeout(10_000));
  for await (const one of followed) seen.push(one);
  return seen;
}

const types = (events: Awaited<ReturnType<typeof eventsOf>>) =>
  events.map(({ event }) => event.type);

describe('a run', () => {
  test('goes on behind the request, and is told in numbered events of gathered text', async (t) => {
    const world = await chatWorld(t);
    const one = world.open();
    const { run, answer, usage, cost, stopReason } = await said(one, world.ada, 'say a b c d e f');
    assert.deepEqual([answer, stopReason, run.status], ['a b c d e f', 'done', 'finished']);
    assert.equal(usage.inputTokens, 10);
    assert.deepEqual(cost, { amounts: [{ currency: 'EUR', nano: 1_500_000n }], isUnpriced: false });
    const events = await eventsOf(one, world.ada, run.id);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      [1, 2, 3, 4],
    );
    assert.deepEqual(types(events), ['run_started', 'text', 'step', 'finished']);
    const rest = await eventsOf(one, world.ada, run.id, 2);
    assert.deepEqual(rest, events.slice(2));
    assert.deepEqual(await eventsOf(one, world.ada, run.id, 99), []);
  });

  test('acts for its user, as a chat run', async (t) => {
    const world = await chatWorld(t);
    const { answer, run } = await said(world.open(), world.ada, 'who');
    assert.equal(answer, `usr_ada ${run.id}`);
  });

  test('is read while it works by several, and by a second instance', async (t) => {
    const world = await chatWorld(t);
    const [one, two] = [world.open(), world.open('node2')];
    const run = await one.desk.say(world.ada, saying('hang'));
    const readers = [one, one, two].map((instance) => eventsOf(instance, world.ada, run.id));
    await until(
      async () => (await world.storage.chats.runs.events(run.tenant, run.id, 1, 9)).length > 0,
    );
    await one.desk.stop(world.ada, run.id);
    const [first, ...others] = await Promise.all(readers);
    assert.deepEqual(types(first ?? []), ['run_started', 'text', 'finished']);
    for (const other of others) assert.deepEqual(other, first);
    assert.equal((await one.desk.summary(world.ada, run.id)).stopReason, 'stopped');
  });

  test('is stopped from another instance, and while it waits', async (t) => {
    const world = await chatWorld(t);
    const [one, two] = [world.open(), world.open('node2')];
    const run = await one.desk.say(world.ada, saying('call'));
    await until(async () => (await world.storage.chats.runs.calls(run.tenant, run.id)).size > 0);
    await two.desk.stop(world.ada, run.id);
    await one.desk.settled(world.ada, run.id, AbortSignal.timeout(10_000));
    const summary = await two.desk.summary(world.ada, run.id);
    assert.equal(summary.stopReason, 'stopped');
    const waiting = await said(one, world.ada, 'ask');
    assert.equal(waiting.run.status, 'waiting');
    await two.desk.stop(world.ada, waiting.run.id);
    await two.desk.settled(world.ada, waiting.run.id, AbortSignal.timeout(10_000));
    const over = await two.desk.summary(world.ada, waiting.run.id);
    assert.deepEqual([over.run.status, over.stopReason], ['finished', 'stopped']);
    // No call is left without a result: providers would refuse the conversation for good.
    for (const { run: ended } of [summary, over]) {
      const { messages } = await one.conversations.read(world.ada, ended.conversationId);
      const [result] = messages.at(-1)?.parts ?? [];
      const how = ended.id === run.id ? 'interrupted' : 'denied';
      assert.ok(result?.type === 'tool_result' && result.end === how, JSON.stringify(result));
    }
  });

  test('one at a time in a conversation, whose number is told', async (t) => {
    const world = await chatWorld(t);
    const one = world.open();
    const run = await one.desk.say(world.ada, saying('hang'));
    const { conversationId } = run;
    await assert.rejects(one.desk.say(world.ada, saying('say more', { conversationId })), {
      code: 'run_open',
      data: { runId: run.id },
    });
    await one.desk.stop(world.ada, run.id);
    await one.desk.settled(world.ada, run.id, AbortSignal.timeout(10_000));
    assert.equal((await said(one, world.ada, 'count', conversationId)).answer, '2 messages');
  });

  test('that cannot begin leaves nothing behind', async (t) => {
    const world = await chatWorld(t);
    const one = world.open();
    const wrong = one.desk.say(world.ada, saying('say x', { model: 'no/such' }));
    await assert.rejects(wrong, { code: 'invalid_params' });
    assert.deepEqual(await one.conversations.list(world.ada, { rowsMax: 9 }), []);
  });

  test('that fails says why', async (t) => {
    const world = await chatWorld(t);
    const { stopReason, error } = await said(world.open(), world.ada, 'fail');
    assert.deepEqual([stopReason, error?.message], ['failed', 'It failed as it was told.']);
  });
});

describe('a run that waits', () => {
  test('goes on, on another instance, when everything is answered', async (t) => {
    const world = await chatWorld(t);
    const [one, two] = [world.open(), world.open('node2')];
    for (const [verb, kind] of [
      ['ask', 'approval'],
      ['question', 'question'],
    ] as const) {
      const { run, waits, calls } = await said(one, world.ada, verb);
      assert.deepEqual([run.status, waits.length, calls[0]?.status], ['waiting', 1, 'waiting']);
      const id = waits[0]?.id ?? '';
      const answer =
        kind === 'approval'
          ? { id, kind, isApproved: true }
          : { id, kind, response: { action: 'accept' } };
      assert.equal(await two.desk.answer(world.ada, run.id, [answer]), true);
      await two.desk.settled(world.ada, run.id, AbortSignal.timeout(10_000));
      const over = await two.desk.summary(world.ada, run.id);
      assert.equal(over.stopReason, 'done');
      assert.deepEqual([over.calls[0]?.status, over.calls[0]?.durationMs], ['ok', 3]);
      assert.match(over.answer, kind === 'approval' ? /Done/ : /accept/);
      await assert.rejects(two.desk.answer(world.ada, run.id, [answer]), { code: 'conflict' });
    }
  });

  test('takes no answer of another, nor one to what another run asked', async (t) => {
    const world = await chatWorld(t);
    const one = world.open();
    const first = await said(one, world.ada, 'ask');
    const other = await said(one, world.bob, 'ask');
    const id = other.waits[0]?.id ?? '';
    const yes = { id, kind: 'approval', isApproved: true } as const;
    await assert.rejects(one.desk.answer(world.ada, first.run.id, [yes]), {
      code: 'invalid_params',
    });
    for (const who of [world.ada, world.eve]) {
      await assert.rejects(one.desk.answer(who, other.run.id, [yes]), { code: 'not_found' });
    }
    assert.equal((await one.desk.summary(world.bob, other.run.id)).run.status, 'waiting');
  });

  test('asks no more for a tool always allowed, until its definition changes', async (t) => {
    const world = await chatWorld(t);
    const one = world.open();
    const { run, waits } = await said(one, world.ada, 'ask');
    const { conversationId } = run;
    const always = {
      id: waits[0]?.id ?? '',
      kind: 'approval',
      isApproved: true,
      always: true,
    } as const;
    await one.desk.answer(world.ada, run.id, [always]);
    await one.desk.settled(world.ada, run.id, AbortSignal.timeout(10_000));
    assert.equal((await said(one, world.ada, 'ask', conversationId)).stopReason, 'done');
    assert.equal((await said(one, world.ada, 'ask')).run.status, 'waiting');
    world.definitions.set('orders__cancel', 'd2');
    assert.equal((await said(one, world.ada, 'ask', conversationId)).run.status, 'waiting');
  });

  test('goes on when the inbox decides', async (t) => {
    const world = await chatWorld(t);
    const one = world.open();
    const { run, waits } = await said(one, world.ada, 'ask');
    const id = waits[0]?.id ?? '';
    await one.desk.decided(world.eve.tenant, id, true);
    assert.equal((await one.desk.summary(world.ada, run.id)).run.status, 'waiting');
    await one.desk.decided(world.ada.tenant, id, false);
    await one.desk.settled(world.ada, run.id, AbortSignal.timeout(10_000));
    assert.match((await one.desk.summary(world.ada, run.id)).answer, /denied/);
  });
});

test('what a run waits for is found by its own user alone, until it is answered', async (t) => {
  const world = await chatWorld(t);
  const one = world.open();
  const { desk } = one;
  const { run, waits } = await said(one, world.ada, 'question');
  const id = waits[0]?.id ?? '';
  assert.equal((await desk.awaiting(world.ada, id))?.id, run.id);
  for (const other of [world.bob, world.eve]) {
    assert.equal(await desk.awaiting(other, id), undefined);
    await assert.rejects(desk.events(other, run.id), { code: 'not_found' });
  }
  assert.equal(await desk.awaiting(world.ada, 'another'), undefined);
  const response = { action: 'decline' };
  await desk.answer(world.ada, run.id, [{ id, kind: 'question', response }]);
  assert.equal(await desk.awaiting(world.ada, id), undefined);
});

describe('a run that a token of another issuer began', () => {
  const foreign = (world: { readonly ada: Principal }): Principal => ({
    ...world.ada,
    grantId: 'https://issuer.example#ada',
  });

  test('waits for its user, whatever the inbox decided', async (t) => {
    const world = await chatWorld(t);
    const one = world.open();
    const who = foreign(world);
    const { run, waits } = await said(one, who, 'ask');
    const id = waits[0]?.id ?? '';
    await one.desk.decided(who.tenant, id, true);
    assert.equal((await one.desk.summary(who, run.id)).run.status, 'waiting');
    await one.desk.answer(who, run.id, [{ id, kind: 'approval', isApproved: true }]);
    await one.desk.settled(who, run.id, AbortSignal.timeout(10_000));
    assert.equal((await one.desk.summary(who, run.id)).stopReason, 'done');
  });

  test('ends with its instance, and says why', async (t) => {
    const world = await chatWorld(t);
    const [one, two] = [world.open(), world.open('node2')];
    const run = await one.desk.say(foreign(world), saying('call'));
    await until(async () => (await world.storage.chats.runs.calls(run.tenant, run.id)).size > 0);
    await one.keeper[Symbol.asyncDispose]();
    await two.keeper.adopt(AbortSignal.timeout(10_000));
    await two.desk.settled(world.ada, run.id, AbortSignal.timeout(10_000));
    const { stopReason, error } = await two.desk.summary(world.ada, run.id);
    assert.equal(stopReason, 'failed');
    assert.match(error?.message ?? '', /token of another issuer.*send it anew/);
  });
});

describe('a run that was left behind', () => {
  test('is let go in order, and another instance goes on with it', async (t) => {
    const world = await chatWorld(t);
    const [one, two] = [world.open(), world.open('node2')];
    const run = await one.desk.say(world.ada, saying('call'));
    await until(async () => (await world.storage.chats.runs.calls(run.tenant, run.id)).size > 0);
    await two.keeper.adopt(AbortSignal.timeout(10_000));
    assert.equal(two.keeper.live(run.id), undefined);
    await one.keeper[Symbol.asyncDispose]();
    await two.keeper.adopt(AbortSignal.timeout(10_000));
    await two.desk.settled(world.ada, run.id, AbortSignal.timeout(10_000));
    const over = await two.desk.summary(world.ada, run.id);
    assert.deepEqual([over.stopReason, over.calls[0]?.status], ['done', 'interrupted']);
    await assert.rejects(one.desk.say(world.ada, saying('say x')), { code: 'shutting_down' });
  });

  test('ends when it was attached to a reader who went with the process', async (t) => {
    const world = await chatWorld(t);
    const [one, two] = [world.open(), world.open('node2')];
    const caller = { tools: [], toolChoice: 'auto', isAttached: true, request: {} } as const;
    const run = await one.desk.say(world.ada, saying('hang', { caller }));
    await one.keeper[Symbol.asyncDispose]();
    await two.keeper.adopt(AbortSignal.timeout(10_000));
    await two.desk.settled(world.ada, run.id, AbortSignal.timeout(10_000));
    assert.equal((await two.desk.summary(world.ada, run.id)).stopReason, 'stopped');
  });

  test('is taken by its own node after a restart; the earlier self is refused', async (t) => {
    const world = await chatWorld(t);
    const one = world.open();
    const run = await one.desk.say(world.ada, saying('call'));
    await until(async () => (await world.storage.chats.runs.calls(run.tenant, run.id)).size > 0);
    const again = world.open();
    await again.keeper.adopt(AbortSignal.timeout(10_000));
    await again.desk.settled(world.ada, run.id, AbortSignal.timeout(10_000));
    assert.equal((await again.desk.summary(world.ada, run.id)).stopReason, 'done');
    const before = await again.conversations.read(world.ada, run.conversationId);
    await assert.rejects(one.keeper.live(run.id)?.journal.append('user', []) ?? Promise.resolve(), {
      code: 'conflict',
    });
    const after = await again.conversations.read(world.ada, run.conversationId);
    assert.equal(after.messages.length, before.messages.length);
  });

  test('ends when its grant is over meanwhile', async (t) => {
    const world = await chatWorld(t);
    const one = world.open();
    const run = await one.desk.say(world.ada, saying('call'));
    await until(async () => (await world.storage.chats.runs.calls(run.tenant, run.id)).size > 0);
    world.revoked.add('key_ada');
    const again = world.open();
    await again.keeper.adopt(AbortSignal.timeout(10_000));
    await again.desk.settled(world.ada, run.id, AbortSignal.timeout(10_000));
    const { stopReason, error } = await again.desk.summary(world.ada, run.id);
    assert.deepEqual([stopReason, error?.code], ['failed', 'unauthenticated']);
  });

  test('ends at once when its grant is revoked while it works', async (t) => {
    const world = await chatWorld(t);
    const one = world.open();
    const run = await one.desk.say(world.ada, saying('hang'));
    one.keeper.revoked('ten_b', 'key_ada');
    one.keeper.revoked('ten_a', 'key_bob');
    assert.equal(one.keeper.live(run.id)?.end, undefined);
    one.keeper.revoked('ten_a', 'key_ada');
    await one.desk.settled(world.ada, run.id, AbortSignal.timeout(10_000));
    assert.equal((await one.desk.summary(world.ada, run.id)).stopReason, 'failed');
  });
});

describe('bounds', () => {
  test('a run has chatReadersPerRunMax readers on one instance', async (t) => {
    const world = await chatWorld(t);
    const one = world.open();
    const run = await one.desk.say(world.ada, saying('hang'));
    const leaving = new AbortController();
    const readers = [];
    for (let count = 0; count < limits.chatReadersPerRunMax; count++) {
      const followed = await one.desk.follow(world.ada, run.id, 0, leaving.signal);
      const reader = followed[Symbol.asyncIterator]();
      await reader.next();
      readers.push(reader);
    }
    const late = await one.desk.follow(world.ada, run.id, 0, leaving.signal);
    await assert.rejects(late[Symbol.asyncIterator]().next(), { code: 'too_many' });
    await readers[0]?.return?.();
    const next = await one.desk.follow(world.ada, run.id, 0, leaving.signal);
    assert.equal((await next[Symbol.asyncIterator]().next()).done, false);
    leaving.abort();
  });

  test('a run has chatEventsPerRunMax events: details go first, its end stays', async (t) => {
    const world = await chatWorld(t);
    const one = world.open('node1', { bounds: { max: 5 } });
    const few = await said(one, world.ada, 'many 3');
    const first = await eventsOf(one, world.ada, few.run.id);
    assert.deepEqual(types(first).slice(-3), ['text', 'step', 'finished']);
    const more = await said(one, world.ada, 'many 4');
    const second = await eventsOf(one, world.ada, more.run.id);
    assert.deepEqual(types(second).slice(-3), ['note', 'step', 'finished']);
    const many = await said(one, world.ada, 'many 50');
    const third = await eventsOf(one, world.ada, many.run.id);
    assert.equal(third.length, 11);
    assert.equal(types(third).at(-1), 'finished');
    assert.equal(many.answer, 'Counted.', 'the message has it all the same');
  });
});
