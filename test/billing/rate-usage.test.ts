import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createBillingMemo } from '../../src/billing/store.ts';
import { limits } from '../../src/kernel/limits.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import type { UsageRecord } from '../../src/metering/store.ts';
import { BillingWorld, ruleOf, START_MS, termsOf } from '../support/billing-world.ts';
import { usageRecord } from '../support/usage-record.ts';

const HOUR_MS = 3_600_000;
const MONTH_MS = 31 * 24 * HOUR_MS;
const ids = new IdSource(() => START_MS + HOUR_MS);

const call = (changes: Partial<UsageRecord> = {}): UsageRecord => {
  const id = ids.next('use');
  return usageRecord({ id, chargeKey: id, startedAtMs: START_MS + HOUR_MS, ...changes });
};
const callOf = (chargeKey: string, changes: Partial<UsageRecord> = {}) =>
  call({ ...changes, chargeKey });

const perCall = ruleOf('call', 'call', { model: 'unit', unitAmount: '0.10' });
const perByte = ruleOf('bytes', 'byte_out', { model: 'unit', unitAmount: '0.000000333' });
const tiered = ruleOf('tiers', 'call', {
  model: 'graduated',
  tiers: [
    { upTo: '3', unitAmount: '1' },
    { upTo: null, unitAmount: '1/3' },
  ],
});

/** What the books say must agree in every test. */
function checkBooks(world: BillingWorld): void {
  const figures = world.figures();
  assert.equal(figures.recorded, figures.rated + figures.pending);
  assert.equal(figures.refused, figures.setAside);
  assert.equal(figures.chargesMade, figures.chargesKept);
  const { unbalanced, wrongBalances, wrongMeters, wrongRollups } = figures;
  assert.deepEqual([unbalanced, wrongBalances, wrongMeters, wrongRollups], [[], [], [], []]);
  for (const { metered, charged, posted, balance } of figures.sums) {
    assert.deepEqual([metered, posted, balance], [charged, charged, charged]);
  }
}

const sumOf = (world: BillingWorld): bigint =>
  world.charges().reduce((sum, { amount }) => sum + amount, 0n);

test('a call is charged once for its key, and its bytes for each attempt', () => {
  using world = new BillingWorld();
  world.subscribe(termsOf([perCall, perByte]));
  const key = call().id;
  world.drain([callOf(key, { outcome: 'unknown_crash' }), callOf(key), callOf(key)]);
  world.rateAll();
  world.drain([callOf(key), call({ outcome: 'rejected' })]);
  world.rateAll();
  const charges = world.charges();
  assert.equal(charges.filter(({ ruleId }) => ruleId === 'call').length, 1);
  assert.equal(charges.filter(({ ruleId }) => ruleId === 'bytes').length, 3);
  assert.equal(sumOf(world), 100_000_000n + 3n * 20n * 333n);
  checkBooks(world);
});

test('two rules of one unit do not both charge a key', () => {
  using world = new BillingWorld();
  const early = { ...perCall, id: 'early', match: { users: ['usr_1'] } };
  world.subscribe(termsOf([early, perCall]));
  const key = call().id;
  for (const userId of ['usr_1', 'usr_2']) world.drain([callOf(key, { userId })]);
  world.rateAll();
  assert.deepEqual(
    world.charges().map(({ ruleId }) => ruleId),
    ['early'],
  );
  checkBooks(world);
});

test('what is drained and rated in any order comes to the same charges', () => {
  const records = Array.from({ length: 12 }, (_, index) => {
    const outcomes = ['ok', 'tool_error', 'unknown_crash', 'rejected'] as const;
    const outcome = outcomes[index % 4] ?? 'ok';
    return callOf(`key-${index % 5}`, { outcome, bytesOut: index });
  });
  const expected = new Set(['key-0', 'key-1', 'key-3', 'key-4']);
  const step = fc.oneof(
    fc.constant('rate' as const),
    fc.array(fc.nat(records.length - 1), { minLength: 1, maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      using world = new BillingWorld();
      world.subscribe(termsOf([tiered, perByte]));
      for (const what of steps) {
        if (what === 'rate') world.rate();
        else world.drain(what.flatMap((index) => records[index] ?? []));
        checkBooks(world);
      }
      world.drain(records);
      world.drain(records);
      world.rateAll();
      world.rateAll();
      checkBooks(world);
      const calls = world.charges().filter(({ ruleId }) => ruleId === 'tiers');
      assert.deepEqual(new Set(calls.map(({ gateKey }) => gateKey)), expected);
      assert.equal(calls.length, expected.size);
      assert.equal(
        calls.reduce((sum, { amount }) => sum + amount, 0n),
        3_333_333_333n,
      );
      assert.equal(sumOf(world), 3_333_333_333n + 333n * bytesOf(records));
    }),
    { numRuns: 60 },
  );
});

const bytesOf = (records: readonly UsageRecord[]): bigint =>
  records
    .filter(({ outcome }) => outcome === 'ok' || outcome === 'tool_error')
    .reduce((sum, { bytesOut }) => sum + BigInt(bytesOut), 0n);

test('a record that cannot be rated is set aside and stops no other', () => {
  using world = new BillingWorld();
  const dear = ruleOf('dear', 'byte_in', { model: 'unit', unitAmount: '1000000' });
  world.subscribe(termsOf([perCall, dear]));
  world.drain([call({ bytesIn: 0 }), call({ bytesIn: 10_000_000 }), call({ bytesIn: 100 })]);
  const rated = world.rate();
  assert.deepEqual([rated.records, rated.refused, rated.charges], [3, 1, 3]);
  const row = world.database.prepare('SELECT reason FROM rating_refused').get();
  assert.match(String(row?.['reason']), /beyond what can be posted/);
  checkBooks(world);
});

test('a posting is at most chargeNanoMax, a refusal refusalCharactersMax', () => {
  using world = new BillingWorld();
  const most = limits.chargeNanoMax / 1_000_000_000n;
  world.subscribe(
    termsOf([ruleOf('bytes', 'byte_in', { model: 'unit', unitAmount: String(most) })]),
  );
  world.drain([call({ bytesIn: 1 })]);
  world.drain([call({ bytesIn: 2 })]);
  world.rateAll();
  assert.deepEqual(
    world.charges().map(({ amount }) => amount),
    [limits.chargeNanoMax],
  );
  const row = world.database.prepare('SELECT length(reason) AS size FROM rating_refused').get();
  assert.ok(Number(row?.['size']) <= limits.refusalCharactersMax);
});

test('usage without a plan costs nothing and is pending no more', () => {
  using world = new BillingWorld();
  world.drain([call()]);
  assert.deepEqual(world.rate(), { records: 1, charges: 0, refused: 0, hasMore: false });
  world.subscribe(termsOf([perCall]));
  world.drain([call({ startedAtMs: START_MS - 1 }), call()]);
  world.rateAll();
  assert.equal(world.charges().length, 1);
  checkBooks(world);
});

test('a period closes after billingGraceMs; what comes later is billed in the open one', () => {
  using world = new BillingWorld();
  const rule = ruleOf('call', 'call', { model: 'unit', unitAmount: '1', minimum: '5' });
  world.subscribe(termsOf([rule]));
  world.drain([call(), call()]);
  world.rateAll();
  const overMs = START_MS + MONTH_MS + limits.billingGraceMs;
  world.turn(overMs - 1);
  assert.equal(sumOf(world), 2_000_000_000n);
  world.turn(overMs);
  world.turn(overMs);
  assert.equal(sumOf(world), 5_000_000_000n);
  world.drain([call(), call(), call()]);
  world.rateAll(overMs);
  assert.equal(sumOf(world), 5_000_000_000n);
  world.drain([call()]);
  world.rateAll(overMs);
  assert.equal(sumOf(world), 6_000_000_000n);
  const late = world.charges().filter(({ kind }) => kind === 'late');
  assert.equal(late.length, 4);
  assert.ok(late.every((charge) => charge.servicePeriodStartMs === START_MS));
  assert.ok(late.every((charge) => charge.periodStartMs === START_MS + MONTH_MS));
  checkBooks(world);
});

test('what is due without usage is charged once, when its period opens', () => {
  using world = new BillingWorld();
  const rule = ruleOf('call', 'call', {
    model: 'graduated',
    tiers: [{ upTo: null, unitAmount: '0.5', flatAmount: '10' }],
    firstFlatAtZero: true,
  });
  world.subscribe(termsOf([rule]));
  world.drain([call()]);
  world.rateAll();
  world.turn(START_MS + 1);
  assert.deepEqual(
    world.charges().map(({ kind, amount }) => [kind, amount]),
    [
      ['period_open', 10_000_000_000n],
      ['usage', 500_000_000n],
    ],
  );
  checkBooks(world);
});

test('a charge on tiers is taken back as the last unit, once', () => {
  using world = new BillingWorld();
  world.subscribe(termsOf([tiered]));
  const first = call();
  world.drain([first]);
  world.rateAll();
  world.drain(Array.from({ length: 5 }, () => call()));
  world.rateAll();
  assert.equal(sumOf(world), 4_000_000_000n);
  const request = { tenant: world.tenant, ruleId: 'tiers', reason: 'wrong', nowMs: START_MS };
  const voided = world.transact('voidCharge', { ...request, gateKey: first.id });
  assert.deepEqual([voided.amount, voided.seq, voided.kind], [-333_333_333n, -1, 'void']);
  assert.equal(sumOf(world), 3_666_666_667n);
  const again = () => world.transact('voidCharge', { ...request, gateKey: first.id });
  assert.throws(again, { code: 'conflict' });
  assert.throws(() => world.transact('voidCharge', { ...request, gateKey: 'other' }), {
    code: 'not_found',
  });
  checkBooks(world);
});

test('one transaction rates ratedRecordsMax records, or one run of ids', () => {
  using world = new BillingWorld();
  world.subscribe(termsOf([]));
  const half = limits.ratedRecordsMax / 2;
  for (let batch = 0; batch < 3; batch++) world.drain(Array.from({ length: half }, () => call()));
  assert.deepEqual(world.rate(), { records: 2 * half, charges: 0, refused: 0, hasMore: true });
  assert.equal(world.rate().records, half);
  world.drain(Array.from({ length: limits.ratedRecordsMax + 1 }, () => call()));
  assert.equal(world.rate().records, limits.ratedRecordsMax + 1);
});

test('a look turns billingPeriodsPerLookMax periods of a subscription, then the next ones', () => {
  using world = new BillingWorld();
  world.subscribe(termsOf([ruleOf('call', 'call', { model: 'flat', amount: '1', minimum: '2' })]));
  const nowMs = START_MS + 40 * MONTH_MS;
  assert.equal(world.turnOnce(nowMs), true);
  const opened = () => world.database.prepare('SELECT count(*) AS n FROM billing_period').get();
  assert.deepEqual({ ...opened() }, { n: limits.billingPeriodsPerLookMax });
  world.turn(nowMs);
  assert.deepEqual({ ...opened() }, { n: 41 });
  // The last one is not over.
  assert.equal(sumOf(world), 40n * 2_000_000_000n);
  checkBooks(world);
});

test('versions of plans are kept compiled, compiledPlansMax of them', () => {
  const memo = createBillingMemo();
  const terms = JSON.stringify(termsOf([perCall]));
  for (let index = 0; index < limits.compiledPlansMax + 1; index++) memo.keep(`v${index}`, terms);
  assert.equal(memo.version('v0'), undefined);
  assert.notEqual(memo.version(`v${limits.compiledPlansMax}`), undefined);
});

test('a version that cannot be compiled refuses its records', () => {
  using world = new BillingWorld();
  world.subscribe(termsOf([{ ...perCall, price: { model: 'unit', unitAmount: 'much' } }]));
  world.drain([call(), call()]);
  assert.deepEqual([world.rate().refused, world.charges().length], [2, 0]);
  checkBooks(world);
});
