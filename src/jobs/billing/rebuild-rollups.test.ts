import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import { tenantId } from '../../kernel/principal.ts';
import { rebuildRollups } from './rebuild-rollups.ts';

const fence = { job: 'billing.rollups', number: 1 };

test('every rollupRebuildLookMs all that is left is made again, part by part', async () => {
  const left = new Map([
    [tenantId('ten_a'), 3],
    [tenantId('ten_b'), 1],
  ]);
  const job = rebuildRollups(
    {
      rebuilding: async () => [...left.keys()],
      rebuildSome: async (tenant) => {
        const parts = (left.get(tenant) ?? 0) - 1;
        left.set(tenant, parts);
        return parts > 0;
      },
    },
    silentLog,
  );
  assert.equal(job.everyMs, limits.rollupRebuildLookMs);
  const stopped = new AbortController();
  stopped.abort();
  await job.run(fence, stopped.signal);
  assert.deepEqual([...left.values()], [3, 1]);
  await job.run(fence, new AbortController().signal);
  assert.deepEqual([...left.values()], [0, 0]);
});
