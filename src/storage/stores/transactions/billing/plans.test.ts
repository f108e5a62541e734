import assert from 'node:assert/strict';
import { test } from 'node:test';
import { A, newTenant } from '../../../../../test/storage/contract/fixtures.ts';
import { memoryIdentity } from '../../../../../test/support/memory-identity.ts';
import { limits } from '../../../../kernel/limits.ts';

const conflict = { code: 'conflict' };

/** Rows `1…count` of a recursive query called `n`. */
const numbers = (count: number) =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;

const plan = (id: string) => {
  const times = { createdAtMs: 1, updatedAtMs: 1, version: 1 };
  return { id, name: id, description: '', ...times };
};

function setUp() {
  const stores = memoryIdentity();
  stores.addTenant(newTenant(A));
  stores.fill(`INSERT INTO plan VALUES ('pln_1', 'one', '', 1, 1, 1);
    INSERT INTO plan_version VALUES ('plv_1', 'pln_1', 1, 'published', '{}', 1, 1, 1, 1)`);
  return stores;
}

test('there are plansMax plans and not one more', async () => {
  const { fill, plans } = setUp();
  fill(`${numbers(limits.plansMax - 2)} INSERT INTO plan
    SELECT 'pln_x' || i, 'name ' || i, '', 1, 1, 1 FROM n`);
  await plans.insert(plan('pln_last'));
  await assert.rejects(plans.insert(plan('pln_more')), conflict);
});

test('a plan has planVersionsMax versions and not one more', async () => {
  const { fill, plans } = setUp();
  fill(`${numbers(limits.planVersionsMax - 2)} INSERT INTO plan_version
    SELECT 'plv_x' || i, 'pln_1', i + 1, 'draft', '{}', 1, 1, NULL, 1 FROM n`);
  const draft = { planId: 'pln_1', terms: {} as never, createdAtMs: 1 };
  const last = await plans.insertVersion({ ...draft, id: 'plv_last' });
  assert.equal(last?.number, limits.planVersionsMax);
  await assert.rejects(plans.insertVersion({ ...draft, id: 'plv_more' }), conflict);
});

test('a tenant has subscriptionsPerTenantMax subscriptions and not one more', async () => {
  const { fill, subscriptions } = setUp();
  const max = limits.subscriptionsPerTenantMax;
  fill(`${numbers(max - 1)} INSERT INTO subscription
    SELECT 'ten_a', 'sub_' || i, 'plv_1', i, i + 1, 1, 'UTC', 1, 1, NULL FROM n`);
  const made = { tenant: A, planVersionId: 'plv_1', anchorMs: 1, timeZone: 'UTC' };
  const rest = { ...made, createdAtMs: 1, version: 1 };
  const last = { ...rest, id: 'sub_last', startsAtMs: max, endsAtMs: max + 1 };
  await subscriptions.insert(A, last);
  const more = { ...rest, id: 'sub_more', startsAtMs: max + 1, endsAtMs: null };
  await assert.rejects(subscriptions.insert(A, more), conflict);
});

test('a published version is changed by no statement at all', () => {
  const { fill } = setUp();
  for (const statement of [
    `UPDATE plan_version SET terms = '{"x":1}'`,
    'DELETE FROM plan_version',
    `REPLACE INTO plan_version VALUES ('plv_1', 'pln_1', 1, 'draft', '{}', 1, 1, 1, 1)`,
    `REPLACE INTO plan_version VALUES ('plv_2', 'pln_1', 1, 'draft', '{}', 1, 1, 1, 1)`,
  ]) {
    assert.throws(() => fill(statement), /immutable/, statement);
  }
});
