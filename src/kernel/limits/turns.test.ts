import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../errors.ts';
import { createTurns } from './turns.ts';

test('so many run, so many wait in their order, and one more is refused', async () => {
  const turns = createTurns({ runningMax: 2, waitingMax: 2, limit: 'things' });
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const work = (number: number) => async () => {
    started.push(number);
    await new Promise<void>((resolve) => (ends[number] = resolve));
    if (number === 0) throw new Error('fails');
    return number;
  };
  const all = [0, 1, 2, 3].map((number) => turns(work(number)));
  await Promise.resolve();
  assert.deepEqual(started, [0, 1]);
  await assert.rejects(turns(work(4)), (error) => {
    assert.ok(error instanceof GatewayError);
    assert.equal(error.code, 'too_many');
    assert.deepEqual(error.data, { limit: 'things' });
    return true;
  });
  ends[0]?.();
  await assert.rejects(all[0] ?? Promise.resolve(), /fails/);
  assert.deepEqual(started, [0, 1, 2], 'work that failed gives its turn on');
  ends[2]?.();
  assert.equal(await all[2], 2);
  assert.deepEqual(started, [0, 1, 2, 3]);
  ends[1]?.();
  ends[3]?.();
  assert.deepEqual(await Promise.all([all[1], all[3]]), [1, 3]);
  assert.equal(await turns(() => Promise.resolve(5)), 5);
});
