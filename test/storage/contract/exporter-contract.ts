import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NewExporter, PlacedCharge } from '../../../src/billing/export/store.ts';
import type { StoredSubscription } from '../../../src/billing/plans/store.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { encodeUsageLine } from '../../../src/metering/store.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { ruleOf, START_MS, termsOf } from '../../support/billing-world.ts';
import { usageRecord } from '../../support/usage-record.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

/** An exporter to Lago. */
export const exporterOf = (id: string, from: NewExporter['from']): NewExporter => ({
  id,
  name: `name of ${id}`,
  settings: { kind: 'lago', url: 'https://lago.example', subscription: 'sub-1' },
  enabled: true,
  from,
  createdAtMs: 5,
});

async function subscribe({ plans, subscriptions }: Storage): Promise<void> {
  const terms = termsOf([ruleOf('call', 'call', { model: 'unit', unitAmount: '2' })]);
  const times = { createdAtMs: 1, updatedAtMs: 1, version: 1 };
  await plans.insert({ id: 'pln_1', name: 'plan', description: '', ...times });
  await plans.insertVersion({ id: 'plv_1', planId: 'pln_1', terms, createdAtMs: 1 });
  await plans.publish({ planId: 'pln_1', id: 'plv_1', ifVersion: undefined }, 2);
  const subscription: StoredSubscription = {
    tenant: A,
    id: 'sub_1',
    planVersionId: 'plv_1',
    startsAtMs: START_MS,
    endsAtMs: null,
    anchorMs: START_MS,
    timeZone: 'UTC',
    createdAtMs: 3,
    version: 1,
  };
  await subscriptions.insert(A, subscription);
}

/** A tenant on a plan, and what charges its calls. */
export async function openCharging(storage: Storage) {
  await subscribe(storage);
  const fence = await storage.leases.acquire('billing', 'me', 60_000);
  assert.ok(fence);
  const charge = async (...ids: readonly string[]): Promise<void> => {
    const records = ids.map((id) =>
      usageRecord({ id, tenant: A, chargeKey: id, startedAtMs: START_MS + 1 }),
    );
    await storage.usage.insert(Buffer.from(records.map(encodeUsageLine).join('')));
    await storage.charges.rateUsage(A, START_MS + 9, fence);
  };
  return { fence, charge };
}

const keysOf = (page: readonly PlacedCharge[]) => page.map(({ charge }) => charge.usageId);

/** What sends charges elsewhere must do on every engine. */
export function exporterContract(open: OpenEmpty): void {
  keptExporters(open);
  orderedCharges(open);
  batches(open);
}

function keptExporters(open: OpenEmpty): void {
  test('exporters are kept with their credentials, and go with them', async (t) => {
    const { exporters, vault } = await openWithTenants(open, t);
    const made = await exporters.insert(A, exporterOf('exp_1', 'now'), 'sealed');
    const row = { tenant: A, owner: 'exporter', serviceId: 'exp_1', name: 'credential' } as const;
    assert.equal(await vault.get(row), 'sealed');
    assert.deepEqual(await exporters.list(A), [made]);
    assert.deepEqual(await exporters.get(A, 'exp_1'), made);
    assert.equal(await exporters.get(B, 'exp_1'), undefined);
    const taken = { ...exporterOf('exp_2', 'now'), name: made.name };
    await assert.rejects(exporters.insert(A, taken, 's'), { code: 'conflict' });
    const update = { enabled: false, sealed: 'other', updatedAtMs: 8, ifVersion: 1 };
    const after = await exporters.update(A, 'exp_1', update);
    assert.deepEqual(after, { ...made, enabled: false, nextAtMs: 8, updatedAtMs: 8, version: 2 });
    assert.equal(await vault.get(row), 'other');
    await assert.rejects(exporters.update(A, 'exp_1', update), { code: 'conflict' });
    assert.deepEqual(await exporters.due(100), []);
    assert.equal(await exporters.delete(B, 'exp_1', undefined), false);
    await assert.rejects(exporters.delete(A, 'exp_1', 1), { code: 'conflict' });
    assert.equal(await exporters.delete(A, 'exp_1', 2), true);
    assert.equal(await vault.get(row), undefined);
    for (let count = 0; count < limits.exportersPerTenantMax; count++) {
      await exporters.insert(A, exporterOf(`exp_${count}`, 'now'), 's');
    }
    const more = exporters.insert(A, exporterOf('exp_more', 'now'), 's');
    await assert.rejects(more, { code: 'conflict' });
  });
}

function orderedCharges(open: OpenEmpty): void {
  test('charges are read in the order in which they were written', async (t) => {
    const storage = await openWithTenants(open, t);
    const { exporters } = storage;
    const { charge } = await openCharging(storage);
    await charge('use_9', 'use_8');
    const first = await exporters.insert(A, exporterOf('exp_1', 'beginning'), 's');
    const second = await exporters.insert(A, exporterOf('exp_2', 'now'), 's');
    await charge('use_1');
    const all = await exporters.charges(A, first.acknowledged, null, 9);
    assert.deepEqual(keysOf(all), ['use_8', 'use_9', 'use_1']);
    assert.deepEqual(keysOf(await exporters.charges(A, second.acknowledged, null, 9)), ['use_1']);
    const [one, two] = all.map(({ place }) => place);
    assert.ok(one && two);
    assert.deepEqual(keysOf(await exporters.charges(A, one, null, 1)), ['use_9']);
    assert.deepEqual(keysOf(await exporters.charges(A, one, two, 9)), ['use_9']);
    assert.deepEqual(await exporters.charges(B, first.acknowledged, null, 9), []);
  });
}

function batches(open: OpenEmpty): void {
  test('a batch is begun once, and done with by the holder of the job alone', async (t) => {
    const storage = await openWithTenants(open, t);
    const { exporters } = storage;
    const { charge, fence } = await openCharging(storage);
    await charge('use_1', 'use_2');
    const { acknowledged: from } = await exporters.insert(A, exporterOf('exp_1', 'beginning'), 's');
    const places = (await exporters.charges(A, from, null, 9)).map(({ place }) => place);
    const [middle, to] = places;
    assert.ok(middle && to);
    const batch = { tenant: A, id: 'exp_1', from, to };
    assert.equal(await exporters.begin(batch, 10, { ...fence, number: 0 }), false);
    assert.equal(await exporters.begin(batch, 10, fence), true);
    assert.equal(await exporters.begin(batch, 20, fence), false);
    const known = await exporters.get(A, 'exp_1');
    assert.deepEqual([known?.sending, known?.sendingSinceMs], [to, 10]);
    const late = { tenant: A, id: 'exp_1', problem: 'no', nextAtMs: 90, nowMs: 30 };
    assert.equal(await exporters.fail({ ...late, isCertain: false }, fence), true);
    const waiting = await exporters.get(A, 'exp_1');
    assert.deepEqual([waiting?.failures, waiting?.nextAtMs, waiting?.sending], [1, 90, to]);
    assert.deepEqual(await exporters.due(89), []);
    assert.deepEqual(await exporters.due(90), [{ tenant: A, exporter: waiting }]);

    const { block: _, ...key } = middle;
    const marks = { atMs: 40, sinceMs: null, retryAtMs: null };
    const refused = [{ ...key, eventId: 'chg_1', reason: 'too old', ...marks }];
    const counts = { exported: 0, skipped: 1, nowMs: 40 };
    const part = { ...batch, to: middle, ...counts, refused, isWhole: false };
    assert.equal(await exporters.finish(part, { ...fence, number: 0 }), false);
    assert.equal(await exporters.finish(part, fence), true);
    assert.equal(await exporters.finish(part, fence), false, 'it begins elsewhere now');
    const half = await exporters.get(A, 'exp_1');
    assert.deepEqual([half?.acknowledged, half?.sendingSinceMs, half?.skipped], [middle, 10, 1]);
    assert.deepEqual(await exporters.refused(A, 'exp_1', 9), refused);
    assert.deepEqual(await exporters.refused(B, 'exp_1', 9), []);
    const rest = { ...batch, from: middle, exported: 1, skipped: 0, nowMs: 50 };
    assert.equal(await exporters.finish({ ...rest, refused: [], isWhole: true }, fence), true);
    const done = await exporters.get(A, 'exp_1');
    assert.deepEqual([done?.acknowledged, done?.sending, done?.sendingSinceMs], [to, null, null]);
    await exporters.begin({ ...batch, from: to }, 60, fence);
    await exporters.fail({ ...late, isCertain: true }, fence);
    assert.equal((await exporters.get(A, 'exp_1'))?.sending, null);
    assert.equal(await exporters.delete(A, 'exp_1', undefined), true);
  });
}
