import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { CostGroup } from '../../../src/billing/costs/store.ts';
import { encodeUsageLine, firstIdAt, type UsageRecord } from '../../../src/metering/store.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { ruleOf, START_MS, termsOf } from '../../support/billing-world.ts';
import { usageRecord } from '../../support/usage-record.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

/** When the calls of `openCharged` began. */
export const NOW_MS = START_MS + 3_600_000;
const DAY_MS = 86_400_000;
const terms = termsOf([
  ruleOf('call', 'call', { model: 'unit', unitAmount: '10000001' }),
  ruleOf('bytes', 'byte_out', { model: 'unit', unitAmount: '0.000000001' }),
]);

function callAt(number: number, change: Partial<UsageRecord>): UsageRecord {
  const startedAtMs = change.startedAtMs ?? NOW_MS;
  const id = `${firstIdAt(startedAtMs)}${String(number).padStart(20, '0')}`;
  const method = 'tools/call';
  return usageRecord({ id, tenant: A, chargeKey: id, startedAtMs, method, tool: 't', ...change });
}

/** Storage in which calls of tenant A were charged, and one of tenant B was not. */
export async function openCharged(open: OpenEmpty, t: TestContext): Promise<Storage> {
  const storage = await openWithTenants(open, t);
  const { plans, subscriptions, usage } = storage;
  const times = { createdAtMs: 1, updatedAtMs: 1, version: 1 };
  await plans.insert({ id: 'pln_1', name: 'plan', description: '', ...times });
  await plans.insertVersion({ id: 'plv_1', planId: 'pln_1', terms, createdAtMs: 1 });
  await plans.publish({ planId: 'pln_1', id: 'plv_1', ifVersion: undefined }, 2);
  await subscriptions.insert(A, {
    tenant: A,
    id: 'sub_1',
    planVersionId: 'plv_1',
    startsAtMs: START_MS,
    endsAtMs: null,
    anchorMs: START_MS,
    timeZone: 'UTC',
    createdAtMs: 3,
    version: 1,
  });
  const fence = await storage.leases.acquire('billing.rate', 'me', 60_000);
  assert.ok(fence !== undefined);
  const calls = [
    callAt(1, {
      serviceId: 'svc_1',
      userId: 'usr_1',
      grantId: 'key_1',
      bytesOut: 5,
      sessionId: 's',
    }),
    callAt(2, { serviceId: 'svc_1', userId: 'usr_2', grantId: 'key_1', bytesOut: 7 }),
    callAt(3, { serviceId: 'svc_2', userId: 'usr_1', grantId: 'key_2', bytesOut: 0 }),
    callAt(4, { serviceId: 'svc_1', tenant: B, bytesOut: 1_000 }),
  ];
  await usage.insert(Buffer.from(calls.map(encodeUsageLine).join('')));
  await storage.charges.rateUsage(A, NOW_MS, fence);
  return storage;
}

/** What sums of charges and of usage must be on every engine. */
export function costContract(open: OpenEmpty): void {
  wholeHours(open);
  test('charges and usage are summed up by whatever is asked for', async (t) => {
    const { costs } = await openCharged(open, t);
    const range = { fromMs: NOW_MS, toMs: NOW_MS + 1, rowsMax: 10 };
    const sums = async (by: CostGroup, more = {}) =>
      (await costs.costs(A, { ...range, by, ...more })).map(({ group, amount, charges }) => [
        group,
        amount,
        charges,
      ]);
    const call = 10_000_001_000_000_000n;
    assert.deepEqual(await sums('service'), [
      ['svc_1', 2n * call + 12n, 4],
      ['svc_2', call, 1],
    ]);
    assert.deepEqual(await sums('tool', { rowsMax: 1 }), [['svc_1__t', 2n * call + 12n, 4]]);
    assert.deepEqual(await sums('user'), [
      ['usr_1', 2n * call + 5n, 3],
      ['usr_2', call + 7n, 2],
    ]);
    assert.deepEqual(await sums('key'), [
      ['key_1', 2n * call + 12n, 4],
      ['key_2', call, 1],
    ]);
    assert.deepEqual(await sums('session'), [
      [null, 2n * call + 7n, 3],
      ['s', call + 5n, 2],
    ]);
    assert.deepEqual(await sums('rule'), [
      ['call', 3n * call, 3],
      ['bytes', 12n, 2],
    ]);
    const day = new Date(NOW_MS).toISOString().slice(0, 10);
    assert.deepEqual(await sums('day'), [[day, 3n * call + 12n, 5]]);
    assert.deepEqual(await sums('rule', { fromMs: NOW_MS + 1, toMs: NOW_MS + 9 }), []);
    assert.deepEqual(await costs.costs(B, { ...range, by: 'rule' }), []);
    const [first] = await costs.costs(A, { ...range, by: 'rule' });
    assert.deepEqual([first?.currency, first?.isProvisional], ['USD', true]);
    const used = await costs.usage(A, { ...range, fromMs: NOW_MS - DAY_MS, by: 'service' });
    assert.deepEqual(
      used.map(({ group, records, bytesOut }) => [group, records, bytesOut]),
      [
        ['svc_1', 2, 12],
        ['svc_2', 1, 0],
      ],
    );
    const days = await costs.usage(A, { ...range, by: 'day' });
    assert.deepEqual(
      days.map(({ group, records }) => [group, records]),
      [[day, 3]],
    );
  });
}

function wholeHours(open: OpenEmpty): void {
  test('whole hours are read from what was summed up, and say what the records say', async (t) => {
    const { costs, usage, charges, leases } = await openCharged(open, t);
    const starts = [1, 5, 30, 49].map((hour) => NOW_MS + hour * 3_600_000 + 1_234);
    for (const [index, startedAtMs] of starts.entries()) {
      const calls = [
        callAt(10 + index, { startedAtMs, serviceId: 'svc_1', userId: 'usr_1', bytesOut: index }),
        callAt(20 + index, { startedAtMs, serviceId: null, tool: null, bytesOut: 9 }),
      ];
      await usage.insert(Buffer.from(calls.map(encodeUsageLine).join('')));
      const fence = await leases.acquire(`rate-${index}`, 'me', 60_000);
      assert.ok(fence !== undefined);
      await charges.rateUsage(A, startedAtMs + 500, fence);
    }
    const outer = { fromMs: NOW_MS - 1_000, toMs: NOW_MS + 50 * 3_600_000 + 77, rowsMax: 100 };
    // Parts that are too short to be read from sums add up to the whole that is not.
    const PART_MS = 3 * 3_600_000;
    const parts = Array.from({ length: 17 }, (_, part) => ({
      ...outer,
      fromMs: part === 0 ? outer.fromMs : NOW_MS + part * PART_MS,
      toMs: Math.min(outer.toMs, NOW_MS + (part + 1) * PART_MS),
    }));
    for (const by of ['service', 'tool', 'user', 'key', 'day', 'rule'] as const) {
      const whole = await costs.costs(A, { ...outer, by });
      const sums = new Map<string | null, bigint>();
      for (const part of parts) {
        for (const { group, amount } of await costs.costs(A, { ...part, by })) {
          sums.set(group, (sums.get(group) ?? 0n) + amount);
        }
      }
      assert.deepEqual(new Map(whole.map(({ group, amount }) => [group, amount])), sums, by);
      assert.ok(
        whole.every(({ isProvisional }) => isProvisional),
        by,
      );
      if (by === 'rule') continue;
      const used = await costs.usage(A, { ...outer, by });
      const records = new Map<string | null, number>();
      for (const part of parts) {
        for (const { group, records: count } of await costs.usage(A, { ...part, by })) {
          records.set(group, (records.get(group) ?? 0) + count);
        }
      }
      assert.deepEqual(new Map(used.map(({ group, records: count }) => [group, count])), records);
      assert.equal(
        used.reduce((sum, one) => sum + one.records, 0),
        11,
        by,
      );
    }
  });
}
