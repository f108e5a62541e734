import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../kernel/limits.ts';
import type { DeliverySweep } from '../webhooks/store.ts';
import { deliverWebhooks, sweepWebhooks } from './deliver-webhooks.ts';

const fence = { job: 'webhooks.sweep', number: 1 };
const { signal } = new AbortController();

test('deliveries are looked for often', async () => {
  let looks = 0;
  const job = deliverWebhooks(() => Promise.resolve(void looks++));
  assert.equal(job.everyMs, limits.webhookLookMs);
  await job.run(fence, signal);
  assert.equal(looks, 1);
});

test('what ended is let go page by page, by the holder of the job alone', async () => {
  const nowMs = 100 * 86_400_000;
  const sweeps: DeliverySweep[] = [];
  const answers: (boolean | undefined)[] = [true, false, undefined];
  const sweep = (one: DeliverySweep) => {
    sweeps.push(one);
    return Promise.resolve(answers.shift());
  };
  const job = sweepWebhooks({ sweep }, () => nowMs);
  assert.equal(job.everyMs, limits.webhookSweepMs);
  await job.run(fence, signal);
  assert.equal(sweeps.length, 2);
  assert.deepEqual(sweeps[0], {
    deliveredBeforeMs: nowMs - limits.webhookDeliveredKeptMs,
    deadBeforeMs: nowMs - limits.webhookDeadKeptMs,
    rowsMax: limits.webhookSweepRowsMax,
  });
  await assert.rejects(job.run(fence, signal), { code: 'conflict' });
});
