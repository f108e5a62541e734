import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { journalDisk, MemoryRunJournal } from '../../../test/support/chat/memory-run-journal.ts';
import { chatWorld } from '../../../test/support/chat/chat-world.ts';
import { scriptedModel, type ScriptedAnswer } from '../../../test/support/chat/scripted-model.ts';
import type { CostLimit } from './agent-engine.ts';
import { RunPurse, toolCost } from './run-purse.ts';
import { StopRun } from './stop-run.ts';

const usd = (nano: bigint) => ({ nano, currency: 'USD' });
const ofRun = (nano: bigint): CostLimit => ({ scope: 'run', max: usd(nano) });
const ofConversation = (nano: bigint): CostLimit => ({ scope: 'conversation', max: usd(nano) });
/** A nano-unit for each token that comes in, two for each that goes out. */
const priced = (answer: (turn: number) => ScriptedAnswer = () => ({ text: 'x' })) =>
  scriptedModel(answer, { outputTokensMax: 100 }, ({ inputTokens, outputTokens }) =>
    usd(BigInt(inputTokens + 2 * outputTokens)),
  );
const size = (tokens: number) => ({ inputTokens: tokens, outputTokens: 0 });

describe('what a run may spend', () => {
  it('is never more than a limit and one step, whatever runs at once', async () => {
    const step = fc.record({ most: fc.nat(50), share: fc.nat(100), isDead: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step), fc.nat(100), fc.nat(4), async (steps, max, before) => {
        const disk = journalDisk();
        disk.spent.set('other_1', usd(BigInt(before)));
        const limits = [ofRun(BigInt(max)), ofConversation(BigInt(max))];
        let dearest = 0n;
        let purse = await RunPurse.open(new MemoryRunJournal(disk), limits);
        const running: (() => Promise<void>)[] = [];
        for (const { most, share, isDead } of steps) {
          if (isDead) {
            // What runs is lost with the process; nobody knows what it came to.
            running.length = 0;
            purse = await RunPurse.open(new MemoryRunJournal(disk), limits);
          }
          if (share % 3 === 0) await running.shift()?.();
          const held = await purse.hold(priced(), size(most), 0).catch((error: unknown) => {
            assert.ok(error instanceof StopRun && error.reason === 'cost');
          });
          if (held === undefined) continue;
          if (BigInt(most) > dearest) dearest = BigInt(most);
          running.push(() => held.settle(BigInt(Math.floor((most * share) / 100))));
        }
        const sum = [...disk.spent.values()].reduce((all, { nano }) => all + nano, 0n);
        assert.ok(sum <= BigInt(max) + dearest || sum <= BigInt(before));
      }),
    );
  });

  it('is told of the limit that ends it', async () => {
    const disk = journalDisk();
    disk.spent.set('other_1', usd(40_000_000n));
    disk.spent.set('mine', usd(60_000_000n));
    const open = (limit: CostLimit) => RunPurse.open(new MemoryRunJournal(disk), [limit]);
    (await open(ofRun(60_000_001n))).check();
    (await open(ofConversation(100_000_001n))).check();
    const said = /^The conversation has used 0\.10 USD of the 0\.10 USD that it may cost\.$/;
    const reached = await open(ofConversation(100_000_000n));
    assert.throws(() => reached.check(), { message: said });
    const ofOne = await open(ofRun(60_000_000n));
    assert.throws(() => ofOne.check(), { message: /^The run has used 0\.06/ });
  });

  it('counts the costs of tools to the billionth', () => {
    const nanoOf = (amount: string) => toolCost({ amount, currency: 'EUR' }).nano;
    assert.deepEqual(['0.001', '12', '0.1234567891', 'x'].map(nanoOf), [
      1_000_000n,
      12_000_000_000n,
      123_456_789n,
      0n,
    ]);
  });
});

describe('limits of cost in the loop', () => {
  const text = 'word '.repeat(40);

  it('count what failed attempts used, in later lives of the run too', async () => {
    let attempts = 0;
    const model = priced(() => {
      attempts += 1;
      return attempts === 1 ? { text, cut: new Error('cut') } : { text: 'All.' };
    });
    const alone = chatWorld({ models: [model], limits: { costMax: usd(40n) } });
    assert.deepEqual(await alone.proceed(), { state: 'finished', reason: 'cost' });
    assert.equal(attempts, 1, 'the second attempt is not made');
    assert.match(alone.told('note').at(-1)?.text ?? '', /^The run has used .* that it may cost/);
    const spent = [...alone.disk.spent.values()].reduce((sum, { nano }) => sum + nano, 0n);
    assert.match(alone.usage[0]?.quantities ?? '', /custom:estimated/);
    assert.ok(spent > 40n);
    alone.restart();
    assert.deepEqual(await alone.proceed(), { state: 'finished', reason: 'cost' });
    assert.equal(attempts, 1);
  });

  it('hold for a conversation, with what its other runs spent', async () => {
    const model = priced();
    const limits = { conversationCostMax: usd(100n) };
    for (const [before, asked] of [
      [99n, 1],
      [100n, 0],
    ] as const) {
      model.asked.length = 0;
      const world = chatWorld({ models: [model], limits });
      world.disk.spent.set('other_1', usd(before));
      const { reason } = (await world.proceed()) as { reason: string };
      assert.equal(model.asked.length, asked);
      assert.equal(reason, asked === 1 ? 'done' : 'cost');
    }
  });

  it('hold for every run when the gateway says so, beside those that are asked for', async () => {
    const model = priced(() => ({ calls: [{ name: 'no_such', input: {} }] }));
    const world = chatWorld({
      models: [model],
      costLimits: [ofRun(20n)],
      limits: { costMax: usd(1_000n) },
    });
    assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'cost' });
    assert.equal(model.asked.length, 1);
  });

  it('cannot be kept with a model without a price in their currency', async () => {
    for (const [costOf, said] of [
      [() => undefined, /has no price, so the limit of 0\.000000009 USD for the run/],
      [() => ({ nano: 1n, currency: 'EUR' }), /is priced in EUR/],
    ] as const) {
      const model = scriptedModel(() => ({ text: 'x' }), {}, costOf);
      const world = chatWorld({ models: [model], limits: { costMax: usd(9n) } });
      assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'cost' });
      assert.equal(model.asked.length, 0);
      const [error] = world.told('error');
      assert.equal(error?.code, 'price_unbounded');
      assert.match(error?.message ?? '', said);
    }
    const free = scriptedModel(
      () => ({ text: 'x' }),
      {},
      () => ({ nano: 0n, currency: 'EUR' }),
    );
    const world = chatWorld({ models: [free], limits: { costMax: usd(9n) } });
    assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
  });

  it('keep what a process had set aside that died in the middle of a step', async () => {
    let hold = 0n;
    for (let at = 1; at < 12 && hold === 0n; at++) {
      const world = chatWorld({ models: [priced()] });
      await world.proceed({ at, isWritten: true });
      hold = [...world.disk.spent.values()][0]?.nano ?? 0n;
      if (hold === 0n) continue;
      assert.ok(hold > 200n, 'the prompt, and as much output as there may be');
      world.restart();
      assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
      const [left, settled] = [...world.disk.spent.values()];
      assert.deepEqual([left?.nano, settled?.nano], [hold, 20n]);
    }
    assert.ok(hold > 0n, 'one of the operations sets money aside');
  });
});
