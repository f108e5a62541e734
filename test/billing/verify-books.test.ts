import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { booksOf } from '../../src/app/commands/verify-billing.ts';
import { compareFigures, type PlanTerms } from '../../src/billing/store.ts';
import { verifyBooks } from '../../src/billing/verify/verify-books.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { limits } from '../../src/kernel/limits.ts';
import type { UsageRecord } from '../../src/metering/store.ts';
import { BillingWorld, ruleOf, START_MS, TENANT, termsOf } from '../support/billing-world.ts';
import { usageRecord } from '../support/usage-record.ts';

const HOUR_MS = 3_600_000;
const MONTH_MS = 31 * 24 * HOUR_MS;
const ids = new IdSource(() => START_MS + HOUR_MS);

type Price = PlanTerms['rules'][number]['price'];

const callOf = (changes: Partial<UsageRecord> = {}): UsageRecord => {
  const id = ids.next('use');
  return usageRecord({ id, chargeKey: id, startedAtMs: START_MS + HOUR_MS, ...changes });
};

const verdictOf = async (world: BillingWorld) => verifyBooks(await booksOf(world.stores, TENANT));

const decimal = fc.tuple(fc.nat(99), fc.nat(999)).map(([whole, rest]) => `${whole}.${rest}`);
const tiers = fc.tuple(decimal, decimal, decimal, fc.option(decimal)).map(([a, b, c, flat]) => [
  { upTo: '3', unitAmount: a },
  { upTo: '60', unitAmount: b, ...(flat === null ? {} : { flatAmount: flat }) },
  { upTo: null, unitAmount: c },
]);
const prices: fc.Arbitrary<Price> = fc
  .tuple(
    fc.oneof(
      fc.record({ model: fc.constant('flat' as const), amount: decimal }),
      fc.record({ model: fc.constant('unit' as const), unitAmount: decimal }),
      fc.record({
        model: fc.constant('package' as const),
        packageSize: fc.constantFrom('7', '0.3'),
        packageAmount: decimal,
      }),
      fc.record({
        model: fc.constantFrom('graduated' as const, 'volume' as const),
        tiers,
        firstFlatAtZero: fc.boolean(),
      }),
      fc.record({
        model: fc.constant('percentage' as const),
        ratePercent: decimal,
        fixedAmount: decimal,
        freeEvents: fc.constant('2'),
      }),
    ),
    fc.record(
      { included: fc.constant('2'), minimum: fc.constant('50'), maximum: fc.constant('900') },
      { requiredKeys: [] },
    ),
  )
  .map(([price, terms]) => ({ ...price, ...terms }));

const records = fc.array(
  fc.record({
    outcome: fc.constantFrom('ok' as const, 'tool_error', 'cancelled', 'rejected', 'timeout'),
    bytesOut: fc.nat(40),
    durationMs: fc.double({ min: 0, max: 1_000, noNaN: true }),
    tool: fc.constantFrom('search', 'fetch'),
    key: fc.option(fc.constantFrom('a', 'b', 'c')),
  }),
  { maxLength: 20 },
);

test('what is rated is what an independent reckoning comes to', async () => {
  await fc.assert(
    fc.asyncProperty(prices, prices, prices, records, fc.boolean(), async (...given) => {
      const [one, two, three, used, isClosed] = given;
      using world = new BillingWorld();
      world.subscribe(
        termsOf([
          ruleOf('calls', 'call', one),
          { ...ruleOf('search', 'call', two), match: { tools: ['svc_1__se*'] } },
          { ...ruleOf('bytes', 'byte_out', three), transform: { increment: '5' } },
          ruleOf('time', 'millisecond', two),
        ]),
      );
      const calls = used.map(({ key, ...changes }) =>
        callOf({ ...changes, ...(key === null ? {} : { chargeKey: key }) }),
      );
      const half = Math.ceil(calls.length / 2);
      world.drain(calls.slice(0, half));
      world.rateAll();
      const overMs = START_MS + MONTH_MS + limits.billingGraceMs;
      if (isClosed) world.turn(overMs);
      world.drain(calls.slice(half));
      world.rateAll(overMs);
      const verdict = await verdictOf(world);
      assert.deepEqual(verdict.differences, []);
      assert.equal(verdict.records, calls.length);
      assert.deepEqual(compareFigures(world.figures()), []);
    }),
    { numRuns: 80 },
  );
});

/** Charged calls with everything that books can have. */
function filledWorld(): BillingWorld {
  const world = new BillingWorld();
  const minimum = { model: 'unit', unitAmount: '1', minimum: '9' } as const;
  world.subscribe(termsOf([ruleOf('call', 'call', minimum), ruleOf('bytes', 'byte_out', minimum)]));
  world.drain([callOf(), callOf(), callOf()]);
  world.rateAll();
  return world;
}

const one = (table: string, where: string): string =>
  `WHERE ${where} AND (tenant_id, gate_key, rule_id) IN
    (SELECT tenant_id, gate_key, rule_id FROM ${table} WHERE ${where} LIMIT 1)`;
const charged = one('charge', "rule_id = 'call'");

/** Every kind of difference: how it is planted, and who has to see it. */
const planted: readonly (readonly [string, string, 'both' | 'verify' | 'figures'])[] = [
  ['a charge that is gone', `DELETE FROM charge ${charged}`, 'both'],
  ['an amount', `UPDATE charge SET amount_nano = amount_nano + 1 ${charged}`, 'both'],
  ['a quantity', `UPDATE charge SET quantity = '2' ${charged}`, 'verify'],
  ['another rule', `UPDATE charge SET rule_id = 'bytes', seq = 7 ${charged}`, 'verify'],
  [
    'a charge that came twice',
    `INSERT INTO charge SELECT tenant_id, gate_key, 'again', seq, unit, kind, usage_id,
      plan_version_id, subscription_id, period_start_ms, service_period_start_ms, quantity,
      amount_nano, currency, ledger_tx_id, at_ms, block FROM charge ${charged}`,
    'both',
  ],
  [
    'a charge for nothing',
    `UPDATE charge SET usage_id = 'use_x', gate_key = 'use_x' ${charged}`,
    'verify',
  ],
  ['an entry', `UPDATE ledger_entry SET amount_nano = 5 WHERE account_id LIKE 'rev%'`, 'both'],
  ['entries that are gone', 'DELETE FROM ledger_entry', 'both'],
  ['a transaction that is gone', 'DELETE FROM ledger_tx', 'verify'],
  ['a balance', 'UPDATE account_balance SET posted_nano = posted_nano + 1', 'both'],
  ['a counter', "UPDATE meter SET posted_nano = 1 WHERE rule_id = 'call'", 'figures'],
  ['a record not drained into the list', 'UPDATE usage_total SET records = 4', 'figures'],
  ['a count of charges', 'UPDATE rating_total SET charges = 1', 'figures'],
  ['a record set aside', 'UPDATE rating_total SET refused = 1', 'figures'],
];

for (const [what, statement, seenBy] of planted) {
  test(`a difference is seen: ${what}`, async () => {
    using world = filledWorld();
    assert.deepEqual((await verdictOf(world)).differences, []);
    assert.deepEqual(compareFigures(world.figures()), []);
    world.tamper(statement);
    if (seenBy !== 'figures') assert.notDeepEqual((await verdictOf(world)).differences, []);
    if (seenBy !== 'verify') assert.notDeepEqual(compareFigures(world.figures()), []);
  });
}

test('what waits to be rated is no difference', async () => {
  using world = filledWorld();
  world.drain([callOf()]);
  assert.deepEqual((await verdictOf(world)).differences, []);
});

test('a minimum that was not charged at the end of a period is seen', async () => {
  using world = filledWorld();
  world.turn(START_MS + MONTH_MS + limits.billingGraceMs);
  assert.deepEqual((await verdictOf(world)).differences, []);
  world.tamper("DELETE FROM charge WHERE kind = 'period_close'");
  assert.notDeepEqual((await verdictOf(world)).differences, []);
});

test('checking shares no code with what writes the books', () => {
  const folder = new URL('../../src/billing/verify/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  assert.ok(files.length >= 6);
  for (const name of files) {
    const text = readFileSync(new URL(name, folder), 'utf8');
    for (const [line, from = ''] of text.matchAll(/^(?:import|export)[^;]*? from '([^']+)';/gm)) {
      const isOwn = from.startsWith('./');
      const isType = line.startsWith('import type');
      assert.ok(isOwn || isType, `${name}: ${line}`);
    }
  }
});
