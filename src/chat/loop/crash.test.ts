import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { LanguageModelV4Message } from '@ai-sdk/provider';
import {
  chatWorld,
  READS,
  saying,
  type WorldOptions,
} from '../../../test/support/chat/chat-world.ts';
import type { JournalDeath } from '../../../test/support/chat/memory-run-journal.ts';
import { scriptedModel } from '../../../test/support/chat/scripted-model.ts';

const tools: NonNullable<WorldOptions['tools']> = {
  a__read: {
    definition: READS,
    run: async ({ arguments: given }) => {
      await Promise.resolve();
      return saying(JSON.stringify(given));
    },
  },
  a__write: { run: ({ arguments: given }) => saying(JSON.stringify(given)) },
};

/** Every call of the prompt is followed by its result, and no result stands alone. */
function assertWellFormed(prompt: readonly LanguageModelV4Message[]): void {
  for (const [at, message] of prompt.entries()) {
    if (message.role === 'assistant') {
      const calls = message.content.flatMap((part) =>
        part.type === 'tool-call' ? part.toolCallId : [],
      );
      const next = prompt[at + 1];
      const results = next?.role === 'tool' ? next.content : [];
      const ids = results.flatMap((part) => (part.type === 'tool-result' ? part.toolCallId : []));
      assert.deepEqual(ids, calls);
    }
    if (message.role === 'tool') assert.equal(prompt[at - 1]?.role, 'assistant');
  }
}

const call = (name: string, n: number) => ({ name, input: { n } });

/** Three steps; the second one's writing call needs an approval. */
function worldOf(parallelCallsMax: number) {
  const model = scriptedModel((turn, { prompt }) => {
    assertWellFormed(prompt);
    if (turn === 0) return { calls: [call('a__read', 1), call('a__read', 2), call('a__read', 3)] };
    if (turn === 1) return { text: 'Now.', calls: [call('a__write', 4), call('a__read', 5)] };
    return { text: 'Done.' };
  });
  return { model, world: chatWorld({ models: [model], tools, limits: { parallelCallsMax } }) };
}

const death = fc.record({ at: fc.integer({ min: 1, max: 30 }), isWritten: fc.boolean() });

describe('a process that dies in the middle of a run', () => {
  it('leaves what the next one goes on with: well-formed, and no call made twice', async () => {
    let interrupted = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(death, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 3 }),
        async (deaths, parallelCallsMax) => {
          const { world } = worldOf(parallelCallsMax);
          const queue: (JournalDeath | undefined)[] = [...deaths];
          for (let tries = 0; ; tries++) {
            assert.ok(tries < 30, 'it comes to an end');
            const dying = queue.shift();
            const rest = await world.proceed(dying);
            world.restart();
            const hasFailed = rest.state === 'finished' && rest.reason === 'failed';
            if (hasFailed && dying !== undefined) continue;
            if (rest.state === 'waiting') {
              const [wait] = rest.waits;
              assert.equal(rest.waits.length, 1);
              const answer = { id: wait?.id ?? '', kind: 'approval', isApproved: true } as const;
              world.disk.answers.push(answer);
              continue;
            }
            assert.deepEqual(rest, { state: 'finished', reason: 'done' });
            break;
          }
          const made = world.calls.map(({ params }) => JSON.stringify(params['arguments']));
          assert.equal(new Set(made).size, made.length, 'no call is made twice');
          const { results } = world;
          assert.equal(results().length, 5);
          const lost = results().filter(({ end }) => end === 'interrupted').length;
          interrupted += lost;
          assert.ok(made.length >= 5 - lost);
          assert.deepEqual(
            world.disk.messages.map(({ role }) => role).join(' '),
            ['user', 'assistant', 'tool', 'assistant', 'tool', 'assistant'].join(' '),
          );
        },
      ),
      { numRuns: 80 },
    );
    assert.ok(interrupted > 0, 'some died while a call ran');
  });

  it('at every operation of the journal, written or not', async () => {
    let deaths = 0;
    for (const isWritten of [true, false]) {
      for (let at = 1; at < 60; at++) {
        const { world, model } = worldOf(1);
        const first = await world.proceed({ at, isWritten });
        if (first.state === 'waiting') break;
        deaths += 1;
        world.restart();
        const rest = await world.proceed();
        assert.equal(rest.state, 'waiting', `after operation ${at}`);
        const made = world.calls.map(({ params }) => JSON.stringify(params['arguments']));
        assert.equal(new Set(made).size, made.length);
        assert.ok(model.asked.length <= 4);
      }
    }
    assert.ok(deaths > 30, `${deaths} points`);
  });

  it('repairs a branch that a lost run left with calls and no results', async () => {
    const model = scriptedModel((turn, { prompt }) => {
      assertWellFormed(prompt);
      return { text: `turn ${turn}` };
    });
    const world = chatWorld({ models: [model], tools });
    const part = {
      type: 'tool_call',
      callId: 'c1',
      mark: 't1',
      tool: 'a__read',
      arguments: {},
    } as const;
    const said = { parentId: null, runId: 'chr_0', createdAtMs: 0 };
    world.disk.messages.unshift(
      { ...said, id: 'm1', role: 'user', parts: [{ type: 'text', text: 'Before.' }] },
      { ...said, id: 'm2', role: 'assistant', parts: [part] },
    );
    assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
    assert.match(JSON.stringify(model.asked[0]?.prompt), /nobody knows whether it was done/);
    assert.equal(world.calls.length, 0);
  });
});
