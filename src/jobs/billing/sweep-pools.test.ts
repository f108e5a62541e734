import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LeaseSweep } from '../../billing/pools/store.ts';
import { limits } from '../../kernel/limits.ts';
import { sweepPools } from './sweep-pools.ts';

const fence = { job: 'billing.pools', number: 3 };

test('sweeps until there is no more, with the grace it is given', async () => {
  const swept: LeaseSweep[] = [];
  const sweep = async (one: LeaseSweep, given: unknown) => {
    assert.equal(given, fence);
    return swept.push(one) < 3;
  };
  const job = sweepPools({ sweep }, () => 7, limits.poolLeaseGraceMs);
  await job.run(fence, new AbortController().signal);
  const asked = { nowMs: 7, graceMs: limits.poolLeaseGraceMs, keptMs: limits.poolLeaseKeptMs };
  const once = { ...asked, rowsMax: limits.poolSweepRowsMax };
  assert.deepEqual(swept, [once, once, once]);
  assert.deepEqual([job.name, job.everyMs], ['billing.pools', limits.poolSweepMs]);
});

test('ends when another holds the job, or when it is told to', async () => {
  let times = 0;
  const stale = sweepPools({ sweep: async () => void times++ }, () => 7, 0);
  await stale.run(fence, new AbortController().signal);
  assert.equal(times, 1);
  const told = sweepPools({ sweep: async () => times++ >= 0 }, () => 7, 0);
  await told.run(fence, AbortSignal.abort());
  assert.equal(times, 2);
});

test('what is borrowed comes back long before it is given up', () => {
  const { poolGiveBackMs, poolLeaseIdleMs, poolLeaseMs, poolLeaseGraceMs } = limits;
  assert.ok(poolGiveBackMs <= poolLeaseIdleMs);
  assert.ok(poolLeaseIdleMs + poolGiveBackMs < poolLeaseMs / 2, 'within what its owner may use');
  assert.ok(limits.poolRateWindowMs < poolLeaseIdleMs);
  assert.ok(poolLeaseGraceMs > limits.billingRateLookMs, 'records are rated within the grace');
  assert.ok(limits.poolLeaseKeptMs > poolLeaseMs + poolLeaseGraceMs);
});
