import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Budget, NewCredit } from '../../../src/billing/pools/store.ts';
import { encodeUsageLine } from '../../../src/metering/store.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { usageRecord } from '../../support/usage-record.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

const WALLET = 'wallet:USD';
const owner = { nodeId: 'node1', runId: 'run1', lifeMs: 60_000 };
const ask = (leaseId: string, needed: bigint, wanted = needed, poolId = WALLET) => {
  return { tenant: A, poolId, leaseId, needed, wanted };
};

const creditOf = (id: string, amount: bigint, changes: Partial<NewCredit> = {}): NewCredit => ({
  id,
  key: `order ${id}`,
  kind: 'bought',
  currency: 'USD',
  amount,
  priority: 1,
  expiresAtMs: null,
  createdAtMs: 5,
  ...changes,
});

const budget: Budget = {
  id: 'bud_1',
  name: 'calls of the day',
  unit: 'calls',
  limit: 10n,
  scope: { userId: 'usr_1' },
  currency: null,
  window: 'day',
  timeZone: 'Europe/Berlin',
  alertPercents: [50, 80, 100],
  createdAtMs: 1,
  updatedAtMs: 1,
  version: 1,
};

/** What pools, credit and budgets must do on every engine. */
export function poolContract(open: OpenEmpty): void {
  creditContract(open);
  leaseContract(open);
  endContract(open);
  expiryContract(open);
  budgetContract(open);
  windowContract(open);
}

const balancesOf = async ({ ledger }: Storage) =>
  Object.fromEntries((await ledger.balances(A)).map((one) => [one.kind, one.posted]));

const walletOf = async ({ pools }: Storage) => {
  const pool = (await pools.list(A)).find(({ id }) => id === WALLET);
  return pool && [pool.limit, pool.spent, pool.outstanding, pool.overrun];
};

/** Sweeps as of then; without any grace, and keeping what is settled. */
const sweepAt = async (
  { pools, leases }: Storage,
  nowMs: number,
  { graceMs = 0, keptMs = 1e12 } = {},
) => {
  const lease = await leases.acquire('billing.pools', 'node', 60_000, true);
  assert.ok(lease !== undefined);
  const stale = { job: lease.job, number: lease.number + 1 };
  const sweep = { nowMs, graceMs, keptMs, rowsMax: 50 };
  assert.equal(await pools.sweep(sweep, stale), undefined);
  return pools.sweep(sweep, lease);
};

function creditContract(open: OpenEmpty): void {
  test('credit is granted once for a key, and booked', async (t) => {
    const storage = await openWithTenants(open, t);
    const { credit } = storage;
    const large = 2n ** 60n;
    const first = await credit.grant(A, creditOf('crg_1', large));
    assert.deepEqual(first, { ...creditOf('crg_1', large), remaining: large });
    const again = creditOf('crg_2', large, { key: 'order crg_1' });
    assert.deepEqual(await credit.grant(A, again), first);
    const other = credit.grant(A, { ...again, amount: 1n });
    await assert.rejects(other, { code: 'conflict' });
    await credit.grant(A, creditOf('crg_3', 7n, { kind: 'given' }));
    await credit.grant(B, creditOf('crg_1', 1n));
    assert.deepEqual(
      (await credit.list(A)).map(({ id, remaining }) => [id, remaining]),
      [
        ['crg_1', large],
        ['crg_3', 7n],
      ],
    );
    assert.deepEqual(await walletOf(storage), [large + 7n, 0n, 0n, 0n]);
    assert.deepEqual(await balancesOf(storage), { cash: large, promo: 7n, wallet: -large - 7n });
  });
}

function leaseContract(open: OpenEmpty): void {
  test('a wallet lends what it has, and pays what records drew from its leases', async (t) => {
    const storage = await openWithTenants(open, t);
    const { pools, credit } = storage;
    assert.deepEqual(await pools.acquire(owner, ask('l0', 1n)), {
      kind: 'refused',
      available: 0n,
    });
    await credit.grant(A, creditOf('crg_1', 400n, { priority: 2 }));
    await credit.grant(A, creditOf('crg_2', 6n, { createdAtMs: 6 }));
    const size = { kind: 'granted', granted: 8n, isTight: false, left: 398n };
    assert.deepEqual(await pools.acquire(owner, ask('l1', 2n, 90n)), size);
    const twice = await pools.acquire(owner, ask('l1', 2n, 90n));
    assert.deepEqual(twice, { ...size, isTight: true }, 'asked again, it is the same lease');
    assert.deepEqual(await walletOf(storage), [406n, 0n, 8n, 0n]);
    const draw = { usageId: 'use_1', leaseId: 'l1', hold: 4n, charge: 3n };
    const more = { usageId: 'use_2', leaseId: 'l1', hold: 4n, charge: 5n };
    const lost = { usageId: 'use_3', leaseId: 'none', hold: 1n, charge: 1n };
    const drawn = await pools.draw(A, [draw, more, lost], 9);
    assert.deepEqual(drawn, { covered: 7n, overrun: 2n }, 'one more than held, one of no lease');
    assert.deepEqual(await walletOf(storage), [406n, 7n, 0n, 1n]);
    const left = (await credit.list(A)).map(({ remaining }) => remaining);
    assert.deepEqual(left, [399n, 0n], 'the lower priority is used first');
    assert.deepEqual(await balancesOf(storage), { cash: 406n, receivable: -7n, wallet: -399n });
    await pools.close(A, 'l1', 8n);
    await pools.close(A, 'l1', 8n);
    await pools.close(B, 'l1', 0n);
    await pools.close(A, 'none', 0n);
    const [lease] = await pools.leases(A, WALLET);
    assert.deepEqual([lease?.state, lease?.spent, lease?.drawn], ['settled', 8n, 8n]);
    assert.deepEqual(await pools.leases(B, WALLET), []);
    assert.deepEqual(await pools.acquire(owner, ask('l1', 1n)), { kind: 'over' });
  });

  test('of those who ask for the last of a pool at once, one gets it', async (t) => {
    const storage = await openWithTenants(open, t);
    await storage.credit.grant(A, creditOf('crg_1', 5n));
    const asked = Array.from({ length: 6 }, (_, index) =>
      storage.pools.acquire({ ...owner, nodeId: `node${index}` }, ask(`l${index}`, 5n)),
    );
    const kinds = (await Promise.all(asked)).map(({ kind }) => kind).toSorted();
    assert.deepEqual(kinds, ['granted', ...Array.from({ length: 5 }, () => 'refused')]);
  });
}

function endContract(open: OpenEmpty): void {
  test('an owner without memory gives back once its records are charged', async (t) => {
    const storage = await openWithTenants(open, t);
    const { pools, credit, usage, charges, leases } = storage;
    await credit.grant(A, creditOf('crg_1', 100n));
    await pools.acquire(owner, ask('l1', 9n));
    await pools.acquire({ ...owner, runId: 'run2' }, ask('l2', 9n));
    await usage.insert(Buffer.from(encodeUsageLine(usageRecord({ id: 'use_1', tenant: A }))));
    await pools.abandon('node1', 'run2');
    await pools.abandon('node2', 'run9');
    const states = async () => (await pools.leases(A, WALLET)).map(({ state }) => state);
    await sweepAt(storage, 0);
    assert.deepEqual(await states(), ['abandoned', 'open'], 'a record waits to be charged');
    assert.deepEqual(await walletOf(storage), [100n, 0n, 18n, 0n]);
    await pools.draw(A, [{ usageId: 'use_1', leaseId: 'l1', hold: 4n, charge: 4n }], 9);
    const fence = await leases.acquire('billing.rate', 'node', 60_000);
    await charges.rateUsage(A, 9, fence ?? assert.fail());
    await sweepAt(storage, 0);
    assert.deepEqual(await states(), ['settled', 'open']);
    assert.deepEqual(await walletOf(storage), [100n, 4n, 9n, 0n]);
  });

  test('an owner that does not come back is given up after the grace', async (t) => {
    const storage = await openWithTenants(open, t);
    const { pools, credit } = storage;
    await credit.grant(A, creditOf('crg_1', 100n));
    await pools.acquire({ ...owner, lifeMs: 0 }, ask('l1', 9n));
    const [lease] = await pools.leases(A, WALLET);
    const endMs = lease?.expiresAtMs ?? Number.NaN;
    await sweepAt(storage, endMs + 499, { graceMs: 500 });
    assert.deepEqual(await walletOf(storage), [100n, 0n, 9n, 0n]);
    assert.equal(await sweepAt(storage, endMs + 500, { graceMs: 500 }), false);
    assert.deepEqual(await walletOf(storage), [100n, 0n, 0n, 0n]);
    const late = [{ usageId: 'use_1', leaseId: 'l1', hold: 3n, charge: 3n }];
    assert.deepEqual(await pools.draw(A, late, 9), { covered: 3n, overrun: 0n });
    await sweepAt(storage, endMs + 900, { keptMs: 900 });
    assert.deepEqual(await pools.leases(A, WALLET), []);
  });
}

function expiryContract(open: OpenEmpty): void {
  test('credit expires, but for what is lent', async (t) => {
    const storage = await openWithTenants(open, t);
    const { pools, credit } = storage;
    await credit.grant(A, creditOf('crg_1', 10n, { expiresAtMs: 50 }));
    await pools.acquire(owner, ask('l1', 4n));
    await sweepAt(storage, -1e12);
    assert.deepEqual(await walletOf(storage), [10n, 0n, 4n, 0n]);
    await sweepAt(storage, 50, { graceMs: 1e12 });
    assert.deepEqual(await walletOf(storage), [4n, 0n, 4n, 0n]);
    await pools.draw(A, [{ usageId: 'use_1', leaseId: 'l1', hold: 3n, charge: 3n }], 60);
    await pools.close(A, 'l1', 3n);
    await sweepAt(storage, 70, { graceMs: 1e12 });
    assert.deepEqual(await walletOf(storage), [3n, 3n, 0n, 0n]);
    assert.equal((await credit.list(A))[0]?.remaining, 0n);
    const books = { cash: 10n, breakage: -7n, receivable: -3n, wallet: 0n };
    assert.deepEqual(await balancesOf(storage), books);
  });
}

function budgetContract(open: OpenEmpty): void {
  test('budgets are kept per tenant, with versions', async (t) => {
    const { budgets } = await openWithTenants(open, t);
    await budgets.insert(A, budget);
    assert.deepEqual(await budgets.list(A), [budget]);
    assert.deepEqual(await budgets.list(B), []);
    const taken = budgets.insert(A, { ...budget, id: 'bud_2' });
    await assert.rejects(taken, { code: 'conflict' });
    const { scope, currency, window, timeZone } = budget;
    const terms = { scope, currency, window, timeZone, alertPercents: [90] };
    const update = { name: 'other', limit: 2n ** 61n, terms, updatedAtMs: 7, ifVersion: 1 };
    assert.equal(await budgets.update(B, 'bud_1', update), undefined);
    const stale = budgets.update(A, 'bud_1', { ...update, ifVersion: 2 });
    await assert.rejects(stale, { code: 'conflict' });
    const changed = await budgets.update(A, 'bud_1', update);
    const { name, limit, updatedAtMs } = update;
    assert.deepEqual(changed, { ...budget, ...terms, name, limit, updatedAtMs, version: 2 });
    assert.deepEqual(await budgets.list(A), [changed]);
    await assert.rejects(budgets.delete(A, 'bud_1', 1), { code: 'conflict' });
    assert.equal(await budgets.delete(B, 'bud_1', 2), false);
    assert.equal(await budgets.delete(A, 'bud_1', 2), true);
    assert.deepEqual(await budgets.list(A), []);
  });

  test('each change of budgets is counted, so that other instances read them again', async (t) => {
    const { budgets, versions } = await openWithTenants(open, t);
    const counted = async () =>
      (await versions.list()).find(({ domain }) => domain === 'budgets')?.version;
    await budgets.insert(A, budget);
    assert.equal(await counted(), 1);
    const update = { name: 'x', limit: 1n, terms: budget, updatedAtMs: 2, ifVersion: 1 };
    await budgets.update(A, 'bud_1', update);
    await budgets.update(A, 'bud_9', update);
    assert.equal(await counted(), 2);
    await budgets.delete(A, 'bud_1', 2);
    await budgets.delete(A, 'bud_1', undefined);
    assert.equal(await counted(), 3);
  });

  test('pools are found by their ids, and leases until they are settled', async (t) => {
    const { budgets, pools } = await openWithTenants(open, t);
    await budgets.insert(A, budget);
    for (const [leaseId, window] of [
      ['l1', 'budget:bud_1:1:2'],
      ['l2', 'budget:bud_1:2:3'],
    ] as const) {
      await pools.acquire(owner, ask(leaseId, 1n, 1n, window));
    }
    assert.deepEqual(await pools.list(A, []), []);
    const found = await pools.list(A, ['budget:bud_1:2:3', 'budget:bud_1:9:9']);
    assert.deepEqual(
      found.map(({ id }) => id),
      ['budget:bud_1:2:3'],
    );
    await pools.close(A, 'l1', 0n);
    const unsettled = await pools.openLeases(A);
    assert.deepEqual(
      unsettled.map(({ id }) => id),
      ['l2'],
    );
    assert.deepEqual(await pools.openLeases(B), []);
  });
}

function windowContract(open: OpenEmpty): void {
  test('a window of a budget is a pool of its own, and each share is told once', async (t) => {
    const { budgets, pools } = await openWithTenants(open, t);
    await budgets.insert(A, budget);
    const window = 'budget:bud_1:100:200';
    const none = await pools.acquire(owner, ask('l0', 1n, 1n, 'budget:bud_9:100:200'));
    assert.deepEqual(none, { kind: 'refused', available: 0n });
    for (const leaseId of ['l1', 'l2']) {
      const { kind } = await pools.acquire(owner, ask(leaseId, 5n, 5n, window));
      assert.equal(kind, 'granted');
    }
    assert.equal((await pools.acquire(owner, ask('l3', 1n, 1n, window))).kind, 'refused');
    const other = await pools.acquire(owner, ask('l4', 1n, 1n, 'budget:bud_1:200:300'));
    assert.equal(other.kind, 'granted');
    const spend = (usageId: string, leaseId: string) =>
      pools.draw(A, [{ usageId, leaseId, hold: 4n, charge: 4n }], 150);
    await spend('use_1', 'l1');
    assert.deepEqual(await budgets.alerts(A, 9), []);
    await spend('use_2', 'l2');
    const reached = { poolId: window, spent: 8n, limit: 10n, atMs: 150 };
    const told = [
      { ...reached, percent: 80 },
      { ...reached, percent: 50 },
    ];
    assert.deepEqual(await budgets.alerts(A, 9), told);
    await pools.draw(A, [{ usageId: 'use_3', leaseId: 'l2', hold: 1n, charge: 1n }], 160);
    assert.deepEqual(await budgets.alerts(A, 9), told);
    assert.deepEqual(await budgets.alerts(B, 9), []);
    const update = { name: 'x', limit: 20n, terms: budget, updatedAtMs: 199, ifVersion: undefined };
    await budgets.update(A, 'bud_1', update);
    const limits = (await pools.list(A)).map(({ id, limit }) => [id, limit]);
    assert.deepEqual(limits, [
      ['budget:bud_1:100:200', 20n],
      ['budget:bud_1:200:300', 20n],
    ]);
    await budgets.update(A, 'bud_1', { ...update, limit: 3n, updatedAtMs: 200 });
    const [past, next] = await pools.list(A);
    assert.deepEqual([past?.limit, next?.limit], [20n, 3n], 'what is over stays as it was');
  });
}
