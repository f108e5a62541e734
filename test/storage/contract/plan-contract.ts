import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlanTerms } from '../../../src/billing/plans/plan.ts';
import type { Plan, StoredSubscription } from '../../../src/billing/plans/store.ts';
import { limits } from '../../../src/kernel/limits.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

const planOf = (id: string): Plan => ({
  id,
  name: `name of ${id}`,
  description: '',
  createdAtMs: 1,
  updatedAtMs: 1,
  version: 1,
});

const termsOf = (unitAmount: string): PlanTerms => ({
  currency: 'USD',
  period: { unit: 'month', count: 1 },
  rules: [
    {
      id: 'calls',
      title: 'Calls',
      match: {},
      unit: 'call',
      price: { model: 'unit', unitAmount },
      priority: 0,
    },
  ],
  recurring: [],
  rounding: { mode: 'half_even', at: 'line' },
});

const subscriptionOf = (id: string, change: Partial<StoredSubscription>): StoredSubscription => ({
  tenant: A,
  id,
  planVersionId: 'plv_1',
  startsAtMs: 100,
  endsAtMs: null,
  anchorMs: 100,
  timeZone: 'Europe/Zurich',
  trialEndsAtMs: null,
  createdAtMs: 5,
  version: 1,
  ...change,
});

/** What price lists and subscriptions must do on every engine. */
export function planContract(open: OpenEmpty): void {
  planTests(open);
  versionTests(open);
  overlapTests(open);
  changeTests(open);
}

const draft = (id: string, planId = 'pln_1') => ({
  id,
  planId,
  terms: termsOf('0.000000000000000001'),
  createdAtMs: 10,
});

async function withPublished(storage: Storage): Promise<void> {
  await storage.plans.insert(planOf('pln_1'));
  await storage.plans.insertVersion(draft('plv_1'));
  await storage.plans.publish({ planId: 'pln_1', id: 'plv_1', ifVersion: undefined }, 20);
}

function planTests(open: OpenEmpty): void {
  test('plans are made, renamed and removed while nothing of them is published', async (t) => {
    const { plans } = await open(t);
    await plans.insert({ ...planOf('pln_1'), name: 'Zeta' });
    await plans.insert({ ...planOf('pln_2'), name: 'alpha' });
    await assert.rejects(plans.insert({ ...planOf('pln_3'), name: 'Zeta' }), { code: 'conflict' });
    assert.deepEqual(
      (await plans.list()).map(({ name }) => name),
      ['Zeta', 'alpha'],
    );
    const update = { name: 'Beta', updatedAtMs: 2, ifVersion: 1 };
    const changed = { ...planOf('pln_1'), name: 'Beta', updatedAtMs: 2, version: 2 };
    assert.deepEqual(await plans.update('pln_1', update), changed);
    assert.deepEqual(await plans.get('pln_1'), changed);
    await assert.rejects(plans.update('pln_1', update), { code: 'conflict' });
    assert.equal(await plans.update('pln_9', update), undefined);
    await plans.insertVersion(draft('plv_1'));
    assert.equal(await plans.delete('pln_1', undefined), true);
    assert.equal(await plans.delete('pln_1', undefined), false);
    assert.equal(await plans.get('pln_1'), undefined);
    assert.equal(await plans.versionById('plv_1'), undefined);
  });

  test('there are no more plans than may be', async (t) => {
    const { plans } = await open(t);
    for (let at = 0; at < limits.plansMax; at++) await plans.insert(planOf(`pln_${at}`));
    await assert.rejects(plans.insert(planOf('pln_more')), { code: 'conflict' });
    assert.equal((await plans.list()).length, limits.plansMax);
  });
}

function versionTests(open: OpenEmpty): void {
  test('versions are numbered, edited as drafts and frozen when published', async (t) => {
    const storage = await open(t);
    const { plans } = storage;
    assert.equal(await plans.insertVersion(draft('plv_0')), undefined, 'no such plan');
    await withPublished(storage);
    const published = await plans.version('pln_1', 'plv_1');
    assert.deepEqual(published, {
      ...draft('plv_1'),
      number: 1,
      status: 'published',
      updatedAtMs: 20,
      publishedAtMs: 20,
      version: 2,
    });
    assert.deepEqual(await plans.versionById('plv_1'), published);
    const place = { planId: 'pln_1', id: 'plv_1', ifVersion: undefined };
    for (const change of [
      () => plans.updateDraft(place, termsOf('2'), 30),
      () => plans.deleteDraft(place),
      () => plans.publish(place, 30),
      () => plans.delete('pln_1', undefined),
    ]) {
      await assert.rejects(change(), { code: 'conflict' });
    }
    assert.equal((await plans.insertVersion(draft('plv_2')))?.number, 2);
    const second = { ...place, id: 'plv_2' };
    const edited = await plans.updateDraft({ ...second, ifVersion: 1 }, termsOf('2'), 30);
    assert.deepEqual([edited?.terms, edited?.version, edited?.updatedAtMs], [termsOf('2'), 2, 30]);
    assert.deepEqual(await plans.version('pln_1', 'plv_2'), edited);
    const late = { ...second, ifVersion: 1 };
    await assert.rejects(plans.updateDraft(late, termsOf('3'), 40), { code: 'conflict' });
    await assert.rejects(plans.publish(late, 40), { code: 'conflict' });
    await assert.rejects(plans.deleteDraft(late), { code: 'conflict' });
    const heads = (await plans.versions('pln_1')).map(({ number, status }) => [number, status]);
    assert.deepEqual(heads, [
      [2, 'draft'],
      [1, 'published'],
    ]);
    assert.equal(await plans.deleteDraft(second), true);
    assert.equal(await plans.deleteDraft(second), false);
    assert.equal(await plans.publish(second, 50), undefined);
    assert.equal(await plans.version('pln_2', 'plv_1'), undefined, 'of another plan');
  });

  test('drafts made at once have numbers of their own', async (t) => {
    const { plans } = await open(t);
    await plans.insert(planOf('pln_1'));
    const ids = ['plv_a', 'plv_b', 'plv_c', 'plv_d'];
    const made = await Promise.all(ids.map((id) => plans.insertVersion(draft(id))));
    assert.deepEqual(new Set(made.map((one) => one?.number)), new Set([1, 2, 3, 4]));
  });
}

function overlapTests(open: OpenEmpty): void {
  test('a tenant is on one plan at any moment', async (t) => {
    const storage = await openWithTenants(open, t);
    const { subscriptions, plans } = storage;
    await withPublished(storage);
    const first = subscriptionOf('sub_1', { endsAtMs: 200 });
    await subscriptions.insert(A, first);
    const refused: readonly Partial<StoredSubscription>[] = [
      { startsAtMs: 50, endsAtMs: 101 },
      { startsAtMs: 199 },
      { startsAtMs: 120, endsAtMs: 130 },
      { startsAtMs: 1 },
    ];
    for (const change of refused) {
      const other = subscriptionOf('sub_2', change);
      await assert.rejects(subscriptions.insert(A, other), { code: 'conflict' });
    }
    await subscriptions.insert(A, subscriptionOf('sub_0', { startsAtMs: 50, endsAtMs: 100 }));
    await subscriptions.insert(A, subscriptionOf('sub_2', { startsAtMs: 200 }));
    await subscriptions.insert(B, subscriptionOf('sub_1', { tenant: A }));
    const ids = (await subscriptions.list(A)).map(({ id }) => id);
    assert.deepEqual(ids, ['sub_0', 'sub_1', 'sub_2']);
    const at = async (ms: number) => (await subscriptions.at(A, ms))?.id;
    const found = [];
    for (const ms of [49, 50, 99, 100, 199, 200, 1e15]) found.push(await at(ms));
    const two = ['sub_2', 'sub_2'];
    assert.deepEqual(found, [undefined, 'sub_0', 'sub_0', 'sub_1', 'sub_1', ...two]);
    assert.deepEqual(await subscriptions.get(A, 'sub_1'), first);
    assert.equal((await subscriptions.get(B, 'sub_1'))?.tenant, B, 'the tenant that was given');
    assert.equal(await subscriptions.get(B, 'sub_2'), undefined);
    await plans.insertVersion(draft('plv_2'));
    const unpublished = subscriptionOf('sub_9', { planVersionId: 'plv_2', startsAtMs: 1 });
    await assert.rejects(subscriptions.insert(B, unpublished), { code: 'conflict' });
    const unknown = subscriptionOf('sub_9', { planVersionId: 'plv_9', startsAtMs: 1 });
    await assert.rejects(subscriptions.insert(B, unknown), { code: 'not_found' });
    const nobody = 'ten_nobody' as typeof A;
    await assert.rejects(subscriptions.insert(nobody, subscriptionOf('sub_9', {})), {
      code: 'not_found',
    });
  });

  test('of subscriptions made at once for the same time one is kept', async (t) => {
    const storage = await openWithTenants(open, t);
    await withPublished(storage);
    const made = await Promise.allSettled(
      ['sub_a', 'sub_b', 'sub_c', 'sub_d'].map((id) =>
        storage.subscriptions.insert(A, subscriptionOf(id, {})),
      ),
    );
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal((await storage.subscriptions.list(A)).length, 1);
  });
}

function changeTests(open: OpenEmpty): void {
  test('a subscription ends, and another one takes its place', async (t) => {
    const storage = await openWithTenants(open, t);
    const { subscriptions } = storage;
    await withPublished(storage);
    await subscriptions.insert(A, subscriptionOf('sub_1', {}));
    const next = subscriptionOf('sub_2', { startsAtMs: 300, anchorMs: 100 });
    const ended = await subscriptions.end(A, 'sub_1', { atMs: 300, ifVersion: 1, next });
    assert.deepEqual([ended?.endsAtMs, ended?.version], [300, 2]);
    assert.deepEqual(
      (await subscriptions.list(A)).map(({ startsAtMs, endsAtMs }) => [startsAtMs, endsAtMs]),
      [
        [100, 300],
        [300, null],
      ],
    );
    const late = { atMs: 250, ifVersion: 1 };
    await assert.rejects(subscriptions.end(A, 'sub_1', late), { code: 'conflict' });
    for (const atMs of [100, 301]) {
      const end = { atMs, ifVersion: undefined };
      await assert.rejects(subscriptions.end(A, 'sub_1', end), { code: 'conflict' });
    }
    assert.equal(await subscriptions.end(B, 'sub_1', late), undefined);
    const broken = { ...next, id: 'sub_3', planVersionId: 'plv_9', startsAtMs: 400 };
    const failing = { atMs: 400, ifVersion: undefined, next: broken };
    await assert.rejects(subscriptions.end(A, 'sub_2', failing), { code: 'not_found' });
    assert.equal((await subscriptions.get(A, 'sub_2'))?.endsAtMs, null, 'all or nothing');
  });

  test('all subscriptions are listed in pages', async (t) => {
    const storage = await openWithTenants(open, t);
    const { subscriptions } = storage;
    await withPublished(storage);
    await subscriptions.insert(A, subscriptionOf('sub_2', { endsAtMs: 200 }));
    await subscriptions.insert(A, subscriptionOf('sub_1', { startsAtMs: 200 }));
    await subscriptions.insert(B, subscriptionOf('sub_1', {}));
    const all = await subscriptions.listAll(undefined, 10);
    const place = (one: StoredSubscription) => ({ tenant: one.tenant, id: one.id });
    assert.deepEqual(all.map(place), [
      { tenant: A, id: 'sub_1' },
      { tenant: A, id: 'sub_2' },
      { tenant: B, id: 'sub_1' },
    ]);
    const [first] = await subscriptions.listAll(undefined, 1);
    const rest = await subscriptions.listAll(first && place(first), 10);
    assert.deepEqual(rest, all.slice(1));
  });
}
