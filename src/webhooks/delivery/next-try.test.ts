import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../../kernel/limits.ts';
import { nextTry } from './next-try.ts';

const { webhookTriesMax: triesMax, webhookRetryMsMin: min, webhookRetryMsMax: max } = limits;

test('tries grow apart, and end', () => {
  const pauses = Array.from({ length: triesMax - 1 }, (_, index) => {
    const { state, nextAtMs } = nextTry({
      attempts: index + 1,
      nowMs: 0,
      retryAfterMs: undefined,
      chance: 0.5,
    });
    assert.equal(state, 'waiting');
    return nextAtMs;
  });
  assert.deepEqual(pauses.slice(0, 4), [min, 3 * min, 9 * min, 27 * min]);
  assert.equal(pauses.at(-1), max);
  const dayMs = 86_400_000;
  const totalMs = pauses.reduce((sum, one) => sum + one, 0);
  assert.ok(totalMs > dayMs && totalMs < 1.1 * dayMs, `${totalMs / 3_600_000} hours`);
  const last = { attempts: triesMax, nowMs: 7, retryAfterMs: 5, chance: 0 };
  assert.deepEqual(nextTry(last), { state: 'dead', nextAtMs: 7 });
});

test('chance varies a pause by a fifth, and a receiver can ask for more up to the longest', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: triesMax - 1 }),
      fc.option(fc.integer({ min: 0, max: 3 * max }), { nil: undefined }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempts, retryAfterMs, chance) => {
        const { nextAtMs } = nextTry({ attempts, nowMs: 1_000, retryAfterMs, chance });
        const pauseMs = nextAtMs - 1_000;
        const grown = Math.min(min * 3 ** (attempts - 1), max);
        const asked = Math.min(retryAfterMs ?? 0, max);
        assert.ok(pauseMs >= Math.max(Math.floor(grown * 0.8), asked));
        assert.ok(pauseMs <= Math.max(Math.ceil(grown * 1.2), asked));
      },
    ),
  );
});
