import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../kernel/limits.ts';
import { expireApprovals } from './expire-approvals.ts';

test('approvals go when they are old, rounds at once, by their holder', async () => {
  const nowMs = limits.approvalKeepMs + 5;
  const asked: unknown[] = [];
  let isHolder = true;
  const store = {
    deleteAllExpired: (...given: readonly unknown[]) => {
      asked.push(...given);
      return Promise.resolve(isHolder);
    },
  };
  const job = expireApprovals(store, () => nowMs);
  assert.equal(job.everyMs, limits.approvalSweepMs);
  const fence = { job: job.name, number: 1 };
  const run = () => Promise.resolve(job.run(fence, new AbortController().signal));
  await run();
  assert.deepEqual(asked, [{ approvalsMs: 5, roundsMs: nowMs }, fence]);
  isHolder = false;
  await assert.rejects(run(), { code: 'conflict' });
});
