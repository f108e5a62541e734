import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { booksOf } from '../../src/app/commands/verify-billing.ts';
import { compareFigures, type PlanTerms } from '../../src/billing/store.ts';
import { verifyBooks } from '../../src/billing/verify/verify-books.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import type { UsageRecord } from '../../src/metering/store.ts';
import { BillingWorld, ruleOf, START_MS, TENANT, termsOf } from '../support/billing-world.ts';
import { splitCall } from '../support/split-call.ts';
import { usageRecord } from '../support/usage-record.ts';

const HOUR_MS = 3_600_000;
const ids = new IdSource(() => START_MS + HOUR_MS);

type Rule = PlanTerms['rules'][number];

const callOf = (changes: Partial<UsageRecord> = {}): UsageRecord => {
  const id = ids.next('use');
  return usageRecord({ id, chargeKey: id, startedAtMs: START_MS + HOUR_MS, ...changes });
};

const decimal = fc.tuple(fc.nat(99), fc.nat(999)).map(([whole, rest]) => `${whole}.0${rest}`);
const tier = (upTo: string | null, unitAmount: string, flat: string | null) => ({
  upTo,
  unitAmount,
  ...(flat === null ? {} : { flatAmount: flat }),
});
/** Every model that what grows with a call may have, with and without terms of the period. */
const prices: fc.Arbitrary<Rule['price']> = fc
  .tuple(
    fc.oneof(
      fc.record({ model: fc.constant('flat' as const), amount: decimal }),
      fc.record({ model: fc.constant('unit' as const), unitAmount: decimal }),
      fc.record({
        model: fc.constant('package' as const),
        packageSize: fc.constantFrom('7', '0.3', '1000'),
        packageAmount: decimal,
      }),
      fc.record({
        model: fc.constantFrom('graduated' as const, 'volume' as const),
        tiers: fc
          .tuple(decimal, decimal, decimal, fc.option(decimal))
          .map(([a, b, c, flat]) => [
            tier('30', a, null),
            tier('600', b, flat),
            tier(null, c, null),
          ]),
      }),
    ),
    fc.record(
      { included: fc.constant('20'), maximum: fc.constant('900'), minimum: fc.constant('5') },
      { requiredKeys: [] },
    ),
  )
  .map(([price, terms]) => ({ ...price, ...terms }));
const transforms = fc.option(
  fc.record(
    {
      minimum: fc.constantFrom('60', '400'),
      increment: fc.constantFrom('7', '100'),
      rounding: fc.constantFrom('up' as const, 'down', 'half_even', 'half_up'),
      divideBy: fc.constantFrom('60', '1000'),
    },
    { requiredKeys: [] },
  ),
);
const rules = fc
  .tuple(
    fc.constantFrom('millisecond' as const, 'byte_out', 'event', 'byte_in'),
    prices,
    transforms,
    fc.option(fc.constantFrom<'ok' | 'part' | 'cancelled'>('ok', 'part', 'cancelled')),
    fc.boolean(),
  )
  .map(([unit, price, transform, only, isOfEndings]): Rule => {
    const rule = ruleOf(unit, unit, price);
    const outcomes = only === null || only === 'part' ? ['ok' as const] : [only];
    return {
      ...rule,
      ...(transform === null ? {} : { transform }),
      // Some charge long calls at their end alone.
      ...(isOfEndings ? { match: { outcomes } } : {}),
      ...(only === null ? {} : { billableOutcomes: only === 'part' ? ['ok', 'part'] : [only] }),
    };
  });

const calls = fc.array(
  fc.record({
    outcome: fc.constantFrom('ok' as const, 'tool_error'),
    durationMs: fc.nat(900_000).map((micros) => micros / 1000),
    bytesOut: fc.nat(400),
    events: fc.nat(300),
    cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
  }),
  { minLength: 1, maxLength: 5 },
);

const totals = (world: BillingWorld): ReadonlyMap<string, bigint> => {
  const sums = new Map<string, bigint>();
  for (const { ruleId, amount } of world.charges()) {
    sums.set(ruleId, (sums.get(ruleId) ?? 0n) + amount);
  }
  return new Map([...sums].filter(([, sum]) => sum !== 0n));
};

async function checkBooks(world: BillingWorld): Promise<void> {
  const { differences } = await verifyBooks(await booksOf(world.stores, TENANT));
  assert.deepEqual(differences, []);
  assert.deepEqual(compareFigures(world.figures()), []);
}

test('a call in parts costs what it costs whole, for every price and cut', async () => {
  await fc.assert(
    fc.asyncProperty(rules, calls, fc.array(fc.nat(1_000)), async (rule, given, order) => {
      const wholes = given.map(({ outcome, durationMs, bytesOut, events }) =>
        callOf({ outcome, durationMs, bytesOut, events }),
      );
      using whole = new BillingWorld();
      using split = new BillingWorld();
      const perCall = ruleOf('call', 'call', { model: 'unit', unitAmount: '0.10' });
      for (const world of [whole, split]) world.subscribe(termsOf([rule, perCall]));
      whole.drain(wholes);
      whole.rateAll();
      const parts = wholes.flatMap((one, at) => splitCall(one, given[at]?.cuts ?? []));
      const shuffled = parts
        .map((part, at) => ({ part, place: order[at] ?? at }))
        .toSorted((one, other) => one.place - other.place)
        .map(({ part }) => part);
      for (const [at, part] of shuffled.entries()) {
        split.drain(at % 3 === 0 ? [part] : [part, ...shuffled.slice(0, at)]);
        if (at % 2 === 0) split.rateAll();
      }
      split.rateAll();
      const isPaid = ({ outcome }: UsageRecord): boolean =>
        (rule.billableOutcomes ?? ['ok', 'tool_error']).includes(outcome);
      // Where an ending is not paid for, its parts are all the same.
      if (wholes.every(isPaid) || rule.match.outcomes !== undefined) {
        assert.deepEqual(totals(split), totals(whole));
      }
      await checkBooks(split);
    }),
    { numRuns: 150 },
  );
});

const perMillisecond = ruleOf('time', 'millisecond', { model: 'unit', unitAmount: '0.001' });

test('minimum and rounding of an event apply to the call, not to each part of it', async () => {
  using world = new BillingWorld();
  const transform = { minimum: '60000', increment: '1000' } as const;
  world.subscribe(termsOf([{ ...perMillisecond, transform }]));
  const [one, two, end] = splitCall(callOf({ durationMs: 70_500 }), [0.25, 0.5]);
  assert.ok(one !== undefined && two !== undefined && end !== undefined);
  world.drain([one]);
  world.rateAll();
  assert.deepEqual(totals(world), new Map([['time', 60_000_000_000n]]));
  world.drain([two]);
  world.rateAll();
  assert.equal(world.charges().length, 1, 'still within the minimum');
  world.drain([end]);
  world.rateAll();
  assert.deepEqual(totals(world), new Map([['time', 71_000_000_000n]]));
  await checkBooks(world);
});

test('after a crash the parts stand, and the call is closed at no cost', async () => {
  using world = new BillingWorld();
  const perCall = ruleOf('call', 'call', { model: 'unit', unitAmount: '1' });
  world.subscribe(termsOf([perMillisecond, perCall]));
  const call = callOf({ durationMs: 60_000, bytesOut: 100 });
  const [part] = splitCall(call, [0.5]);
  const [, end] = splitCall({ ...call, outcome: 'unknown_crash', durationMs: 30_000 }, [1]);
  assert.ok(part !== undefined && end !== undefined);
  world.drain([part]);
  world.rateAll();
  world.drain([end, part]);
  world.rateAll();
  assert.deepEqual(totals(world), new Map([['time', 30_000_000_000n]]));
  await checkBooks(world);
});

test('a rule that is paid for some endings charges a long call at its end', async () => {
  using world = new BillingWorld();
  world.subscribe(termsOf([{ ...perMillisecond, billableOutcomes: ['ok'] }]));
  const [part, end] = splitCall(callOf({ durationMs: 60_000 }), [0.5]);
  assert.ok(part !== undefined && end !== undefined);
  world.drain([part]);
  world.rateAll();
  assert.deepEqual(world.charges(), []);
  world.drain([end]);
  world.rateAll();
  assert.deepEqual(totals(world), new Map([['time', 60_000_000_000n]]));
  await checkBooks(world);
});

test('analytics count a call in parts once, with all that it used', () => {
  using world = new BillingWorld();
  const call = callOf({ durationMs: 60_000, bytesOut: 90, events: 9 });
  world.drain(splitCall(call, [0.2, 0.7]));
  const rows = world.database
    .prepare(
      `SELECT outcome, records, calls, duration_us AS micros, bytes_out AS bytesOut, events
        FROM usage_rollup WHERE facet = 'total' AND grain = 'day' ORDER BY outcome`,
    )
    .all() as unknown as readonly Record<string, number>[];
  const sum = (name: string): number => rows.reduce((all, row) => all + Number(row[name]), 0);
  assert.deepEqual(
    rows.map((row) => [row['outcome'], row['records'], row['calls']]),
    [
      ['ok', 1, 1],
      ['part', 2, 0],
    ],
  );
  assert.deepEqual([sum('micros'), sum('bytesOut'), sum('events')], [60_000_000, 90, 9]);
});
