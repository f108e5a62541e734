import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Budget, NewCredit } from '../../src/billing/pools/store.ts';
import { holdsText, type HeldFrom } from '../../src/billing/pools/record-holds.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { HOLDS_OF_CALL, type UsageRecord } from '../../src/metering/store.ts';
import { BillingWorld, ruleOf, START_MS, TENANT, termsOf } from '../support/billing-world.ts';
import { usageRecord } from '../support/usage-record.ts';

const ids = new IdSource(() => START_MS + 3_600_000);
const CENT = 10_000_000n;
const WALLET = 'wallet:USD';
const CALLS = 'budget:bud_1::';
const MONEY = 'budget:bud_2::';

const perCall = ruleOf('call', 'call', { model: 'unit', unitAmount: '0.02' });
const prepaid = { ...termsOf([perCall]), payment: 'prepaid' } as const;

const callOf = (changes: Partial<UsageRecord> = {}): UsageRecord => {
  const id = ids.next('use');
  return usageRecord({ id, chargeKey: id, startedAtMs: START_MS + 3_600_000, ...changes });
};

/** A world with credit of 10 cents, and budgets of 5 calls and 10 cents. */
async function worldOf(): Promise<BillingWorld> {
  const world = new BillingWorld();
  const credit: NewCredit = {
    id: 'crg_1',
    key: 'order',
    kind: 'bought',
    currency: 'USD',
    amount: 10n * CENT,
    priority: 0,
    expiresAtMs: null,
    createdAtMs: 1,
  };
  await world.stores.credit.grant(TENANT, credit);
  const budget: Budget = {
    id: 'bud_1',
    name: 'calls',
    unit: 'calls',
    limit: 5n,
    scope: {},
    currency: null,
    window: 'none',
    timeZone: 'UTC',
    alertPercents: [40, 60],
    createdAtMs: 1,
    updatedAtMs: 1,
    version: 1,
  };
  await world.stores.budgets.insert(TENANT, budget);
  const money = { unit: 'money', currency: 'USD', limit: 10n * CENT } as const;
  await world.stores.budgets.insert(TENANT, { ...budget, id: 'bud_2', name: 'money', ...money });
  return world;
}

async function lend(world: BillingWorld, poolId: string, amount: bigint): Promise<string> {
  const leaseId = ids.next('lse');
  const owner = { nodeId: 'node1', runId: 'run1', lifeMs: 60_000 };
  const request = { tenant: TENANT, poolId, leaseId, needed: amount, wanted: amount };
  const answer = await world.stores.pools.acquire(owner, request);
  assert.equal(answer.kind, 'granted');
  return leaseId;
}

const held = (...parts: readonly [string, bigint, HeldFrom][]): string =>
  holdsText(parts.map(([leaseId, amount, from]) => ({ leaseId, amount, from }))) ?? '';

async function poolOf(world: BillingWorld, id: string) {
  const [pool] = await world.stores.pools.list(TENANT, [id]);
  return pool && [pool.spent, pool.outstanding, pool.overrun];
}

const owed = async ({ stores }: BillingWorld): Promise<bigint> => {
  const balances = await stores.ledger.balances(TENANT);
  return balances.find(({ kind }) => kind === 'receivable')?.posted ?? 0n;
};

test('what a record is charged is taken from what it held, of each pool', async () => {
  using world = await worldOf();
  world.subscribe(prepaid);
  const wallet = await lend(world, WALLET, 5n * CENT);
  const calls = await lend(world, CALLS, 2n);
  const money = await lend(world, MONEY, 3n * CENT);
  const holds = held(
    [wallet, 2n * CENT, 'wallet'],
    [money, 3n * CENT, 'money'],
    [calls, 1n, 'calls'],
  );
  world.drain([callOf({ holds }), callOf({ outcome: 'rejected' })]);
  world.rateAll();
  assert.deepEqual(await poolOf(world, WALLET), [2n * CENT, 3n * CENT, 0n]);
  assert.deepEqual(await poolOf(world, MONEY), [2n * CENT, 0n, 0n], 'the rest is free at once');
  assert.deepEqual(await poolOf(world, CALLS), [1n, 1n, 0n]);
  assert.equal(await owed(world), 0n, 'the wallet has paid it');
  const [credit] = await world.stores.credit.list(TENANT);
  assert.equal(credit?.remaining, 8n * CENT);
});

test('a key is one call for a budget, however often it is made', async () => {
  using world = await worldOf();
  const calls = await lend(world, CALLS, 5n);
  const holds = held([calls, 1n, 'calls']);
  const key = ids.next('use');
  // A tenant without a plan has budgets in calls all the same.
  world.drain([callOf({ chargeKey: key, holds }), callOf({ chargeKey: key, holds })]);
  world.rateAll();
  world.drain([callOf({ chargeKey: key, holds }), callOf({ holds })]);
  world.rateAll();
  assert.deepEqual(await poolOf(world, CALLS), [2n, 1n, 0n]);
  const alerts = await world.stores.budgets.alerts(TENANT, 10);
  assert.deepEqual(
    alerts.map(({ percent, spent }) => [percent, spent]),
    [[40, 2n]],
  );
});

test('what a call held that became a task waits for its end', async () => {
  using world = await worldOf();
  world.subscribe(prepaid);
  const wallet = await lend(world, WALLET, 2n * CENT);
  const calls = await lend(world, CALLS, 1n);
  const holds = held([wallet, 2n * CENT, 'wallet'], [calls, 1n, 'calls']);
  const key = ids.next('use');
  world.drain([callOf({ chargeKey: key, outcome: 'task', holds })]);
  world.rateAll();
  assert.deepEqual(await poolOf(world, WALLET), [0n, 2n * CENT, 0n]);
  world.drain([callOf({ chargeKey: key, method: 'tasks/get' })]);
  world.rateAll();
  assert.deepEqual(await poolOf(world, WALLET), [0n, 2n * CENT, 0n], 'asking is not the end');
  world.drain([callOf({ chargeKey: key, holds: HOLDS_OF_CALL })]);
  world.rateAll();
  assert.deepEqual(await poolOf(world, WALLET), [2n * CENT, 0n, 0n]);
  assert.deepEqual(await poolOf(world, CALLS), [1n, 0n, 0n]);
  assert.equal(await owed(world), 0n);
});

test('what was not held is paid as far as there is credit, and owed beyond', async () => {
  using world = await worldOf();
  world.subscribe(prepaid);
  await lend(world, WALLET, 5n * CENT);
  world.drain(Array.from({ length: 4 }, () => callOf()));
  world.rateAll();
  // Of ten cents five are lent; of eight that were charged three are owed.
  assert.deepEqual(await poolOf(world, WALLET), [5n * CENT, 5n * CENT, 3n * CENT]);
  assert.equal(await owed(world), 3n * CENT);
});

test('a postpaid plan takes nothing from credit', async () => {
  using world = await worldOf();
  world.subscribe(termsOf([perCall]));
  world.drain([callOf()]);
  world.rateAll();
  assert.deepEqual(await poolOf(world, WALLET), [0n, 0n, 0n]);
  assert.equal(await owed(world), 2n * CENT);
});

test('in whatever order records come, pools bear what was charged and no more', async () => {
  const outcomes = fc.constantFrom<UsageRecord['outcome']>('ok', 'tool_error', 'cancelled');
  const made = fc.array(fc.record({ outcome: outcomes, batch: fc.nat(2), key: fc.nat(3) }), {
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(made, async (calls) => {
      using world = await worldOf();
      world.subscribe(prepaid);
      const wallet = await lend(world, WALLET, 10n * CENT);
      const budget = await lend(world, CALLS, 5n);
      const holds = held([wallet, 2n * CENT, 'wallet'], [budget, 1n, 'calls']);
      const records = calls.map(({ outcome, batch, key }) => {
        const own = outcome === 'cancelled' ? null : holds;
        return { batch, record: callOf({ outcome, holds: own, chargeKey: `key-${key}` }) };
      });
      for (const batch of [0, 1, 2]) {
        const some = records.filter((one) => one.batch === batch);
        // What is drained twice is there once.
        for (const _time of [0, 1]) world.drain(some.map(({ record }) => record));
        world.rateAll();
      }
      const paid = records.filter(({ record }) => record.outcome !== 'cancelled');
      const keys = BigInt(new Set(paid.map(({ record }) => record.chargeKey)).size);
      const drawn = BigInt(paid.length);
      const rest = 10n * CENT - drawn * 2n * CENT;
      assert.deepEqual(await poolOf(world, WALLET), [keys * 2n * CENT, rest, 0n]);
      assert.deepEqual(await poolOf(world, CALLS), [keys, 5n - drawn, 0n]);
      assert.equal(await owed(world), 0n);
      const figures = world.figures();
      assert.deepEqual([figures.unbalanced, figures.wrongBalances], [[], []]);
    }),
    { numRuns: 60 },
  );
});
