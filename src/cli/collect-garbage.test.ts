import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { collectGarbage } from './collect-garbage.ts';

test('what nobody holds is collected, what somebody holds is not', async () => {
  const held = { name: 'held' };
  const refs = [new WeakRef(held), new WeakRef({ name: 'let go' })];
  // A reference that was just made is good until the end of the turn.
  await turn();
  await collectGarbage();
  assert.deepEqual(
    refs.map((ref) => ref.deref()),
    [held, undefined],
  );
});
