import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../kernel/limits.ts';
import { expireSignIns } from './expire-sign-ins.ts';

test('what is over is deleted every signInSweepMs, by the clock of the gateway', async () => {
  const asked: number[] = [];
  const job = expireSignIns(
    {
      deleteExpired: (nowMs) => {
        asked.push(nowMs);
        return Promise.resolve();
      },
    },
    () => 42,
  );
  assert.equal(job.everyMs, limits.signInSweepMs);
  await job.run({ job: job.name, number: 1 }, new AbortController().signal);
  assert.deepEqual(asked, [42]);
});
