import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../../kernel/limits.ts';
import type { RunEvent } from '../loop/agent-engine.ts';
import { RunOutbox } from './run-outbox.ts';

const text = (said: string): RunEvent => ({ type: 'text', text: said });

test('text is gathered up to chatEventGatherCharactersMax', () => {
  const outbox = new RunOutbox(0);
  assert.equal(outbox.add(text('x'.repeat(limits.chatEventGatherCharactersMax - 1))), false);
  assert.equal(outbox.add(text('x')), true);
  assert.equal(outbox.take().length, 1);
  assert.equal(outbox.isEmpty, true);
});

test('numbers go on behind the last one, and what is put back keeps its own', () => {
  const outbox = new RunOutbox(7);
  outbox.add(text('a'));
  outbox.add({ type: 'resumed' });
  const taken = outbox.take();
  assert.deepEqual(
    taken.map(({ seq }) => seq),
    [8, 9],
  );
  outbox.add({ type: 'note', text: 'later' });
  outbox.putBack(taken);
  assert.deepEqual(
    outbox.take().map(({ seq }) => seq),
    [8, 9, 10],
  );
});

const events = fc.array(
  fc.oneof(
    fc.record({ type: fc.constantFrom('text', 'reasoning'), text: fc.string() }),
    fc.record({ type: fc.constant('note'), text: fc.string() }),
    fc.constant('take' as const),
  ),
);

test('whatever is gathered, no word is lost and none changes its place', () => {
  fc.assert(
    fc.property(events, (steps) => {
      const outbox = new RunOutbox(0);
      const taken = [];
      for (const step of steps) {
        if (step === 'take') taken.push(...outbox.take());
        else outbox.add(step);
      }
      taken.push(...outbox.take());
      const flat = (all: readonly unknown[]) =>
        all
          .map((one) => one as { readonly type: string; readonly text: string })
          .map(({ type, text: said }) => said.split('').map((letter) => `${type} ${letter}`))
          .flat();
      assert.deepEqual(
        flat(taken.map(({ event }) => event)),
        flat(steps.filter((step) => step !== 'take')),
      );
      taken.forEach(({ seq }, index) => assert.equal(seq, index + 1));
    }),
  );
});
