import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '../../kernel/limits.ts';
import { LoadShedder } from './load-shedder.ts';

test('refuses while the loop is late twice running, and says when to come back', () => {
  const delays = { mean: 0, reset: () => {} };
  using shedder = new LoadShedder({ delayMs: 100, histogram: delays });
  const look = (delayMs: number): boolean => {
    delays.mean = (delayMs + 20) * 1e6;
    shedder.look();
    return shedder.isOverloaded;
  };
  const looks = [0, 101, 0, 101, 101, 101, 100, 101].map(look);
  assert.deepEqual(looks, [false, false, false, false, true, true, false, false]);
  look(500);
  assert.throws(() => shedder.check(), {
    code: 'overloaded',
    status: 503,
    data: { limit: 'gateway', retryAfterMs: limits.overloadRetryMs },
  });
  look(0);
  shedder.check();
});

test('looks at nothing when it is told never to refuse', () => {
  using shedder = new LoadShedder({ delayMs: 0 });
  shedder.look();
  assert.equal(shedder.isOverloaded, false);
});

test('measures a process that cannot keep up', async () => {
  using shedder = new LoadShedder({ delayMs: 60 });
  const endMs = performance.now() + 6 * limits.loadLookMs;
  while (!shedder.isOverloaded && performance.now() < endMs) {
    const untilMs = performance.now() + 250;
    while (performance.now() < untilMs);
    await sleep(0);
  }
  assert.equal(shedder.isOverloaded, true);
});
