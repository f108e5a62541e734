import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Budget, NewCredit } from '../../../src/billing/pools/store.ts';
import type { StoredSubscription } from '../../../src/billing/plans/store.ts';
import { limits } from '../../../src/kernel/limits.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { encodeUsageLine } from '../../../src/metering/store.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { ruleOf, START_MS, termsOf } from '../../support/billing-world.ts';
import { usageRecord } from '../../support/usage-record.ts';
import { A, openWithTenants, type OpenEmpty } from './fixtures.ts';

const HOUR_MS = 3_600_000;

/** Has everything told that happens in tenant A from now on. */
async function listen({ webhooks }: Storage): Promise<void> {
  const times = { createdAtMs: 1, updatedAtMs: 1, version: 1, previousUntilMs: null };
  const url = 'https://receiver.example/';
  const endpoint = { id: 'wep_1', url, description: '', topics: ['*'], enabled: true } as const;
  await webhooks.insert(A, { ...endpoint, ...times }, 'sealed');
}

/** What was told, the oldest first. */
async function told({ webhooks }: Storage): Promise<readonly [string, JsonObject][]> {
  const found = await webhooks.deliveries(A, 'wep_1', { rowsMax: 100 });
  const events = await Promise.all(found.map(({ eventId }) => webhooks.event(A, eventId)));
  return events.toReversed().map((event) => {
    const { data } = JSON.parse(event?.body ?? '{}') as { readonly data: JsonObject };
    return [event?.topic ?? '', data];
  });
}

const topicsOf = async (storage: Storage) => (await told(storage)).map(([topic]) => topic);

/** What the outbox must be told on every engine, and by which transactions. */
export function outboxContract(open: OpenEmpty): void {
  budgetEvents(open);
  creditEvents(open);
  planEvents(open);
}

const owner = { nodeId: 'node1', runId: 'run1', lifeMs: 60_000 };

function budgetEvents(open: OpenEmpty): void {
  test('shares of a budget are told once, and the end of it', async (t) => {
    const storage = await openWithTenants(open, t);
    const { pools, budgets } = storage;
    await listen(storage);
    const budget: Budget = {
      id: 'bud_1',
      name: 'calls',
      unit: 'calls',
      limit: 10n,
      scope: {},
      currency: null,
      window: 'day',
      timeZone: 'UTC',
      alertPercents: [50, 100],
      createdAtMs: 1,
      updatedAtMs: 1,
      version: 1,
    };
    await budgets.insert(A, budget);
    const poolId = 'budget:bud_1:100:200';
    const asked = { tenant: A, poolId, leaseId: 'l1', needed: 10n, wanted: 10n };
    assert.equal((await pools.acquire(owner, asked)).kind, 'granted');
    const draw = async (usageId: string, charge: bigint, nowMs: number) =>
      await pools.draw(A, [{ usageId, leaseId: 'l1', hold: charge, charge }], nowMs);
    await draw('use_1', 4n, 110);
    assert.deepEqual(await told(storage), []);
    await draw('use_2', 2n, 120);
    await draw('use_3', 1n, 130);
    const window = { windowStartMs: 100, windowEndMs: 200 };
    const about = { budget: 'bud_1', name: 'calls', unit: 'calls', currency: null, limit: '10' };
    const half = { ...about, ...window, spent: '6', percent: 50 };
    assert.deepEqual(await told(storage), [['budget.threshold_reached', half]]);
    await draw('use_4', 3n, 140);
    const all = { ...about, ...window, spent: '10' };
    assert.deepEqual((await told(storage)).slice(1), [['budget.exhausted', all]]);
  });
}

function creditEvents(open: OpenEmpty): void {
  test('credit that comes near its end is told, and its end', async (t) => {
    const storage = await openWithTenants(open, t);
    const { pools, credit } = storage;
    await listen(storage);
    const bought: NewCredit = {
      id: 'crd_1',
      key: 'order 1',
      kind: 'bought',
      currency: 'USD',
      amount: 10_000_000_000n,
      priority: 1,
      expiresAtMs: null,
      createdAtMs: 5,
    };
    await credit.grant(A, bought);
    const amount = bought.amount;
    const asked = {
      tenant: A,
      poolId: 'wallet:USD',
      leaseId: 'l1',
      needed: amount,
      wanted: amount,
    };
    await pools.acquire(owner, asked);
    const draw = async (usageId: string, charge: bigint, nowMs: number) =>
      await pools.draw(A, [{ usageId, leaseId: 'l1', hold: charge, charge }], nowMs);
    await draw('use_1', 7_900_000_000n, 10);
    assert.deepEqual(await told(storage), []);
    await draw('use_2', 100_000_000n, 20);
    await draw('use_3', 100_000_000n, 30);
    const low = { currency: 'USD', remaining: '2.00', granted: '10.00' };
    assert.deepEqual(await told(storage), [['credit.low', low]]);
    await draw('use_4', 1_900_000_000n, 40);
    const none = { ...low, remaining: '0.00' };
    assert.deepEqual((await told(storage)).slice(1), [['credit.exhausted', none]]);
  });
}

function subscriptionOf(id: string, change: Partial<StoredSubscription> = {}): StoredSubscription {
  return {
    tenant: A,
    id,
    planVersionId: 'plv_1',
    startsAtMs: START_MS,
    endsAtMs: null,
    anchorMs: START_MS,
    timeZone: 'UTC',
    createdAtMs: 3,
    version: 1,
    ...change,
  };
}

async function publishPlan({ plans }: Storage): Promise<void> {
  const terms = termsOf([ruleOf('call', 'call', { model: 'unit', unitAmount: '2' })]);
  const times = { createdAtMs: 1, updatedAtMs: 1, version: 1 };
  await plans.insert({ id: 'pln_1', name: 'plan', description: '', ...times });
  await plans.insertVersion({ id: 'plv_1', planId: 'pln_1', terms, createdAtMs: 1 });
  await plans.publish({ planId: 'pln_1', id: 'plv_1', ifVersion: undefined }, 2);
}

function planEvents(open: OpenEmpty): void {
  test('subscriptions are told when they change, and not when the change fails', async (t) => {
    const storage = await openWithTenants(open, t);
    const { subscriptions } = storage;
    await publishPlan(storage);
    await listen(storage);
    await subscriptions.insert(A, subscriptionOf('sub_1'));
    const startsAtMs = START_MS + 9;
    const unknown = subscriptionOf('sub_2', { startsAtMs, planVersionId: 'plv_none' });
    const end = { atMs: startsAtMs, ifVersion: 1 };
    await assert.rejects(subscriptions.end(A, 'sub_1', { ...end, next: unknown }));
    assert.deepEqual(await topicsOf(storage), ['subscription.changed']);
    const next = subscriptionOf('sub_2', { startsAtMs });
    await subscriptions.end(A, 'sub_1', { ...end, next });
    const changes = (await told(storage)).map(([, data]) => {
      return [data['subscription'], data['change'], data['endsAtMs']];
    });
    const byText = (one: unknown, other: unknown): number =>
      JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
    assert.deepEqual(changes.toSorted(byText), [
      ['sub_1', 'ended', startsAtMs],
      ['sub_1', 'started', null],
      ['sub_2', 'started', null],
    ]);
  });

  test('a period is told when it is closed; what was spent lately is summed up', async (t) => {
    const storage = await openWithTenants(open, t);
    const { charges, costs, leases, usage } = storage;
    await publishPlan(storage);
    await storage.subscriptions.insert(A, subscriptionOf('sub_1'));
    await listen(storage);
    const fence = await leases.acquire('billing', 'me', 60_000);
    assert.ok(fence);
    const chargedAt = async (id: string, atMs: number): Promise<void> => {
      const record = usageRecord({ id, tenant: A, chargeKey: id, startedAtMs: START_MS + 1 });
      await usage.insert(Buffer.from(encodeUsageLine(record)));
      await charges.rateUsage(A, atMs, fence);
    };
    const nowMs = START_MS + 20 * 24 * HOUR_MS;
    await chargedAt('use_0', nowMs - HOUR_MS * 170);
    await chargedAt('use_1', nowMs - HOUR_MS * 169);
    await chargedAt('use_2', nowMs - HOUR_MS - 1);
    await chargedAt('use_3', nowMs - HOUR_MS);
    await chargedAt('use_4', nowMs);
    const spent = { currency: 'USD', lastHour: 2_000_000_000n, before: 4_000_000_000n };
    const firstAtMs = nowMs - HOUR_MS * 169;
    assert.deepEqual(await costs.recentSpend(A, nowMs), [{ ...spent, firstAtMs }]);
    assert.deepEqual(await topicsOf(storage), []);
    const [period] = await charges.periods(A);
    const closedAtMs = (period?.endMs ?? 0) + limits.billingGraceMs;
    await charges.turnPeriods(A, closedAtMs, fence);
    await charges.turnPeriods(A, closedAtMs, fence);
    const { startMs, endMs } = period ?? {};
    const data = { subscription: 'sub_1', startMs, endMs, closedAtMs };
    assert.deepEqual(await told(storage), [['period.closed', data]]);
  });
}
