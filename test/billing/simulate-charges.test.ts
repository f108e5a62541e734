import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { Price } from '../../src/billing/rating/price.ts';
import type { PlanTerms } from '../../src/billing/plans/store.ts';
import {
  simulateCharges,
  type SimulationContext,
} from '../../src/billing/simulation/simulate-charges.ts';
import { limits } from '../../src/kernel/limits.ts';
import { firstIdAt, type UsageRecord } from '../../src/metering/store.ts';
import { BillingWorld, ruleOf, START_MS, TENANT, termsOf } from '../support/billing-world.ts';
import { usageRecord } from '../support/usage-record.ts';

const HOUR_MS = 3_600_000;
const END_MS = Date.UTC(2026, 1, 1, 12);
const range = { fromMs: START_MS, toMs: END_MS };

const versionOf = (terms: PlanTerms) =>
  ({
    id: 'plv_9',
    planId: 'pln_1',
    number: 9,
    terms,
    status: 'draft',
    publishedAtMs: null,
  }) as const;

const callAt = (number: number, changes: Partial<UsageRecord> = {}): UsageRecord => {
  const startedAtMs = START_MS + number * HOUR_MS;
  const id = `${firstIdAt(startedAtMs)}${String(number).padStart(20, '0')}`;
  return usageRecord({ id, startedAtMs, tenant: TENANT, chargeKey: id, ...changes });
};

const contextOf = ({ stores }: BillingWorld): SimulationContext => ({
  ...stores,
  slugsOf: () => Promise.resolve(new Map([['svc_1', 'maps']])),
});

async function simulated(world: BillingWorld, terms: PlanTerms) {
  const request = { version: versionOf(terms), range, tenants: [TENANT] };
  const [one] = await simulateCharges(contextOf(world), request);
  assert.ok(one !== undefined);
  return one;
}

const flat: Price = { model: 'flat', amount: '20' };
const graduated: Price = {
  model: 'graduated',
  firstFlatAtZero: true,
  tiers: [
    { upTo: '3', unitAmount: '1', flatAmount: '2' },
    { upTo: null, unitAmount: '0.25' },
  ],
};
const prices: readonly Price[] = [
  flat,
  graduated,
  { model: 'unit', unitAmount: '0.0000000007' },
  { model: 'unit', unitAmount: '3', included: '4', maximum: '20' },
  { model: 'unit', unitAmount: '1', minimum: '9.5' },
  { model: 'unit', unitAmount: '2', commitment: { amount: '7', overageFactor: '1.5' } },
  { model: 'package', packageSize: '3', packageAmount: '0.1' },
  {
    model: 'volume',
    tiers: [
      { upTo: '5', unitAmount: '1' },
      { upTo: null, unitAmount: '0.3' },
    ],
  },
];

describe('simulating a price list', () => {
  test('comes to what is charged in earnest, when it is the same list', async () => {
    const price = fc.constantFrom(...prices);
    const unit = fc.constantFrom('call', 'byte_out', 'success');
    const record = fc.record({
      key: fc.nat(6),
      outcome: fc.constantFrom('ok', 'tool_error', 'cancelled', 'rejected', 'upstream_error'),
      bytesOut: fc.nat(5),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(unit, price), { minLength: 1, maxLength: 3 }),
        fc.array(record, { maxLength: 12 }),
        async (rules, records) => {
          using world = new BillingWorld();
          const terms = termsOf(rules.map(([one, cost], at) => ruleOf(`r${at}`, one, cost)));
          world.subscribe(terms);
          world.turn(START_MS);
          const calls = records.map(({ key, outcome, bytesOut }, at) =>
            callAt(at, { chargeKey: `key-${key}`, outcome, bytesOut }),
          );
          world.drain(calls);
          world.rateAll(END_MS);
          world.turn(END_MS + limits.billingGraceMs + 1);
          const one = await simulated(world, terms);
          assert.equal(one.difference, 0n);
          assert.equal(one.records, calls.length);
          assert.equal(one.refused, 0);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('says per rule what another list comes to, and what records do not tell', async () => {
    using world = new BillingWorld();
    world.subscribe(termsOf([ruleOf('call', 'call', { model: 'unit', unitAmount: '0.10' })]));
    world.drain([callAt(1), callAt(2, { tool: 'other' }), callAt(800)]);
    world.rateAll(END_MS);
    const find = { tools: ['maps__search'] };
    const terms = termsOf([
      ruleOf('rest', 'call', { model: 'unit', unitAmount: '0.05' }),
      { ...ruleOf('find', 'call', { model: 'unit', unitAmount: '1' }), match: find },
    ]);
    const one = await simulated(world, terms);
    assert.deepEqual(one.rules, [
      { ruleId: 'find', charges: 1, quantity: '1', amount: 1_000_000_000n },
      { ruleId: 'rest', charges: 1, quantity: '1', amount: 50_000_000n },
    ]);
    assert.deepEqual([one.records, one.unknown], [2, 0]);
    assert.deepEqual(one.charged, [{ currency: 'USD', amount: 200_000_000n }]);
    assert.equal(one.difference, 850_000_000n);
    const asking = termsOf([{ ...ruleOf('a', 'call', flat), match: { roles: ['admin'] } }]);
    assert.equal((await simulated(world, asking)).unknown, 2);
    assert.equal((await simulated(world, { ...terms, currency: 'EUR' })).difference, null);
    assert.equal(world.charges().length, 3, 'nothing was charged');
  });

  test('of simulatedRecordsMax records and no more, the largest difference first', async () => {
    const ask = async (counts: readonly number[]) => {
      const tenants = counts.map((_, at) => `ten_${at}` as typeof TENANT);
      const context: SimulationContext = {
        usage: {
          list: (tenant, { after }) =>
            Promise.resolve(after === undefined ? calls.slice(0, Number(tenant.slice(4))) : []),
        },
        statements: {
          used: (tenant) =>
            Promise.resolve({
              records: counts[Number(tenant.slice(4))] ?? 0,
              bytesIn: 0,
              bytesOut: 0,
              durationMs: 0,
            }),
          charged: () => Promise.resolve([]),
        },
        subscriptions: { at: () => Promise.resolve(undefined) },
        slugsOf: () => Promise.resolve(new Map()),
      };
      const terms = termsOf([ruleOf('call', 'call', { model: 'unit', unitAmount: '1' })]);
      return simulateCharges(context, { version: versionOf(terms), range, tenants });
    };
    const calls = [callAt(1), callAt(2), callAt(3)];
    const max = limits.simulatedRecordsMax;
    const found = await ask([max - 3, 1, 1, 1]);
    assert.deepEqual(
      found.map(({ tenant, difference }) => [tenant, difference]),
      [3, 2, 1, 0].map((count) => [`ten_${count}`, BigInt(count) * 1_000_000_000n]),
    );
    await assert.rejects(ask([max, 1]), new RegExp(`${max + 1} usage records`));
  });

  test('gives others their turn while it works', async (t) => {
    using world = new BillingWorld();
    const terms = termsOf(
      Array.from({ length: 8 }, (_, at) => ({
        ...ruleOf(`r${at}`, `custom:n${at}`, graduated),
      })),
    );
    const quantities = JSON.stringify(
      Object.fromEntries(terms.rules.map(({ unit }) => [unit, '1.5'])),
    );
    const second = 1_000;
    const records = Array.from({ length: 6_000 }, (_, at) => {
      const startedAtMs = START_MS + at * second;
      const id = `${firstIdAt(startedAtMs)}${String(at).padStart(20, '0')}`;
      return usageRecord({ id, chargeKey: id, startedAtMs, tenant: TENANT, quantities });
    });
    world.drain(records);
    let [turns, longestMs, lastMs, isDone] = [0, 0, ownMs(), false];
    const look = (): void => {
      const nowMs = ownMs();
      longestMs = Math.max(longestMs, nowMs - lastMs);
      lastMs = nowMs;
      turns++;
      if (!isDone) setImmediate(look);
    };
    setImmediate(look);
    const one = await simulated(world, terms);
    isDone = true;
    assert.equal(one.rules.length, 8);
    t.diagnostic(`${turns} turns, at most ${longestMs.toFixed(0)} ms of work between two`);
    // One in the beginning, and one whenever it has worked for a while.
    assert.ok(turns > 2, `${turns} turns`);
    // Here the database is on the same thread; it reads a page at once.
    assert.ok(longestMs < 100, `${longestMs} ms of work between two turns`);
  });
});

/** CPU time of this thread in milliseconds: others who use the machine are not in it. */
function ownMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
