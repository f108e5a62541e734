import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filledIdentity } from '../../../test/support/api-callers.ts';
import { findTermsProblems } from '../../billing/plans/find-terms-problems.ts';
import { planTermsSchema } from '../../billing/plans/plan-terms-schema.ts';
import { tenantId } from '../../kernel/principal.ts';
import { demoTerms, ensureDemoPlan } from './ensure-demo-plan.ts';

const A = tenantId('ten_a');

test('the first tenant is put on the demo plan once, and on no other', async () => {
  const stores = filledIdentity();
  let nowMs = 1_000;
  const ensure = () => ensureDemoPlan(stores, () => nowMs);
  assert.deepEqual(await Promise.all([ensure(), ensure()]), [true, false]);
  const [subscription] = await stores.subscriptions.list(A);
  const version = await stores.plans.versionById(subscription?.planVersionId ?? '');
  assert.deepEqual([version?.status, version?.terms], ['published', demoTerms]);
  assert.deepEqual(await stores.subscriptions.list(tenantId('ten_b')), []);
  nowMs = 2_000;
  assert.equal(await ensure(), false);
  const end = { atMs: 3_000, ifVersion: undefined };
  await stores.subscriptions.end(A, subscription?.id ?? '', end);
  nowMs = 4_000;
  assert.equal(await ensure(), false, 'who was taken off it stays off');
  assert.equal((await stores.plans.list()).length, 1);
});

test('a plan of that name that somebody else made is left alone', async () => {
  const stores = filledIdentity();
  const times = { createdAtMs: 1, updatedAtMs: 1, version: 1 };
  await stores.plans.insert({ id: 'pln_x', name: 'Demo', description: '', ...times });
  assert.equal(await ensureDemoPlan(stores, () => 1_000), false);
  assert.deepEqual(await stores.subscriptions.list(A), []);
});

test('its terms can be published', () => {
  planTermsSchema.parse(demoTerms);
  assert.deepEqual(findTermsProblems(demoTerms), []);
});
