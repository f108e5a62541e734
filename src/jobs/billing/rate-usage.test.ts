import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import { tenantId } from '../../kernel/principal.ts';
import { rateUsage } from './rate-usage.ts';
import { reconcileBilling } from './reconcile-billing.ts';
import { turnPeriods } from './turn-periods.ts';

const [A, B] = [tenantId('ten_a'), tenantId('ten_b')];
const fence = { job: 'billing.rate', number: 1 };
const nothing = { records: 1, charges: 0, refused: 0, hasMore: false };
const { signal } = new AbortController();

test('every tenant is rated to its end, though another fails', async () => {
  const asked: string[] = [];
  const store = {
    pendingTenants: () => Promise.resolve([A, B]),
    rateUsage: (tenant: string) => {
      asked.push(tenant);
      if (tenant === A) return Promise.reject(new Error('broken'));
      return Promise.resolve({ ...nothing, hasMore: asked.length < 3 });
    },
  };
  const job = rateUsage(store, () => 5, silentLog);
  assert.equal(job.everyMs, limits.billingRateLookMs);
  assert.ok(limits.billingRateHintMs < job.everyMs);
  await assert.rejects(job.run(fence, signal), /broken/);
  assert.deepEqual(asked, [A, B, B]);
});

test('who no longer holds the job stops', async () => {
  const gone = () => Promise.resolve(undefined);
  const tenants = () => Promise.resolve([A, B]);
  const rating = rateUsage({ pendingTenants: tenants, rateUsage: gone }, () => 5, silentLog);
  const turning = turnPeriods(
    { subscribedTenants: tenants, turnPeriods: gone },
    () => 5,
    silentLog,
  );
  assert.equal(turning.everyMs, limits.billingPeriodLookMs);
  for (const job of [rating, turning]) {
    await assert.rejects(job.run(fence, signal), { code: 'conflict' });
  }
});

test('what differs in the books is kept for who asks', async () => {
  const sums = [
    { currency: 'USD', metered: 1n, charged: 1n, posted: 2n, balance: 1n, invoiced: 1n },
  ];
  const figures = {
    recorded: 3,
    rated: 1,
    pending: 1,
    refused: 1,
    setAside: 1,
    chargesMade: 1,
    chargesKept: 1,
    sums,
    unbalanced: ['ltx_1'],
    wrongBalances: [],
    wrongMeters: [],
    wrongRollups: [],
  };
  const put: unknown[] = [];
  const job = reconcileBilling({
    store: {
      tenants: () => Promise.resolve([A]),
      figures: () => Promise.resolve(figures),
      put: (_tenant, result) => Promise.resolve(void put.push(result)),
    },
    now: () => 7,
    log: silentLog,
  });
  assert.equal(job.everyMs, limits.billingReconcileMs);
  await job.run(fence, signal);
  const differences = [
    'Usage records are 3, records rated or waiting are 2.',
    'The ledger sum to 0.000000002, the charges in USD to 0.000000001.',
    'Transaction ltx_1 does not balance with its charges.',
  ];
  assert.deepEqual(put, [{ atMs: 7, figures, differences }]);
});
