import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { collectGarbage, trimWhenIdle } from './trim-when-idle.ts';

describe('memory', () => {
  it('is given back after a minute without work, once, and again after the next work', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    let busy = 0.5;
    let collected = 0;
    const collect = (): Promise<void> => {
      collected++;
      return Promise.resolve();
    };
    const trim = trimWhenIdle(collect, () => busy);
    t.mock.timers.tick(600_000);
    assert.equal(collected, 0, 'busy');
    busy = 0.01;
    t.mock.timers.tick(59_999);
    assert.equal(collected, 0, 'idle, not yet for a minute');
    t.mock.timers.tick(1);
    assert.equal(collected, 1);
    t.mock.timers.tick(600_000);
    assert.equal(collected, 1, 'idle for long');
    busy = 1;
    t.mock.timers.tick(15_000);
    busy = 0;
    t.mock.timers.tick(60_000);
    assert.equal(collected, 2, 'idle again');
    busy = 1;
    t.mock.timers.tick(15_000);
    busy = 0;
    trim[Symbol.dispose]();
    t.mock.timers.tick(600_000);
    assert.equal(collected, 2, 'over');
  });

  it('is kept for what somebody holds, and for nothing else', async () => {
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
});
