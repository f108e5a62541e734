import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import { exportCharges } from './export-charges.ts';

test('exporters are looked at often', async () => {
  let looks = 0;
  const job = exportCharges(() => Promise.resolve(void looks++));
  assert.equal(job.everyMs, limits.exportLookMs);
  await job.run({ job: job.name, number: 1 }, new AbortController().signal);
  assert.equal(looks, 1);
});
