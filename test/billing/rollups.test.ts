import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareFigures } from '../../src/billing/store.ts';
import { tenantId } from '../../src/kernel/principal.ts';
import { BillingWorld, ruleOf, START_MS, termsOf } from '../support/billing-world.ts';
import { usageRecords } from '../support/usage-world.ts';

const TENANT = tenantId('ten_a');
const HOUR_MS = 3_600_000;
const perCall = ruleOf('call', 'call', { model: 'unit', unitAmount: '0.10' });

/** A world in which five calls were made and charged. */
function chargedWorld(): BillingWorld {
  const world = new BillingWorld();
  world.subscribe(termsOf([perCall]));
  world.drain(
    usageRecords(5, { startedAtMs: START_MS + HOUR_MS, method: 'tools/call', tool: 't' }),
  );
  world.rateAll();
  return world;
}

const differencesOf = (world: BillingWorld): readonly string[] => compareFigures(world.figures());

test('the standing check compares what is summed up with what it sums up', () => {
  using world = chargedWorld();
  assert.deepEqual(differencesOf(world), []);
  for (const [statement, said] of [
    [
      "UPDATE usage_rollup SET records = records + 1 WHERE facet = 'all' AND grain = 'hour'",
      'usage by hour all',
    ],
    [
      "UPDATE usage_rollup SET bytes_out = 0 WHERE facet = 'total' AND grain = 'day'",
      'usage by day total',
    ],
    [
      "UPDATE cost_rollup SET amount_nano = amount_nano - 1 WHERE facet = 'who' AND grain = 'day'",
      'costs by day who USD',
    ],
    ["DELETE FROM cost_rollup WHERE facet = 'what' AND grain = 'hour'", 'costs by hour what USD'],
    ["DELETE FROM usage_rollup WHERE facet = 'who'", 'usage by hour who'],
  ] as const) {
    using broken = chargedWorld();
    broken.tamper(statement);
    const found = differencesOf(broken);
    assert.ok(
      found.some((difference) => difference.includes(`of ${said} are not`)),
      found.join(),
    );
    broken.transact('startRollupRebuild', { tenant: TENANT });
    assert.deepEqual(differencesOf(broken), [], 'nothing is compared while rows are made again');
    while (broken.transact('rebuildRollups', { tenant: TENANT }));
    assert.deepEqual(differencesOf(broken), []);
  }
});

test('charges that are taken back, and those of periods, are summed up as they are', () => {
  using world = chargedWorld();
  const rollups = () =>
    world.database
      .prepare(
        `SELECT facet, grain, start_ms, user_id, key_id, service_id, tool, rule_id, part, charges,
          CAST(amount_nano AS TEXT) AS amount FROM cost_rollup ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9`,
      )
      .all();
  const [charge] = world.charges();
  assert.ok(charge !== undefined);
  const { gateKey, ruleId } = charge;
  const request = { gateKey, ruleId, reason: 'test', nowMs: START_MS + 30 * HOUR_MS };
  world.transact('voidCharge', { tenant: TENANT, ...request });
  world.turn(START_MS + 40 * 24 * HOUR_MS);
  assert.deepEqual(differencesOf(world), []);
  const sums = world.database
    .prepare(
      `SELECT CAST(sum(amount_nano) AS TEXT) AS sum FROM cost_rollup
        WHERE facet = 'all' AND grain = 'hour' AND user_id <> ''`,
    )
    .get();
  assert.equal(sums?.['sum'], String(4n * 100_000_000n));
  const before = rollups();
  world.transact('startRollupRebuild', { tenant: TENANT });
  while (world.transact('rebuildRollups', { tenant: TENANT }));
  assert.deepEqual(rollups(), before);
});

test('charges made while rows are made again are counted once', () => {
  using world = chargedWorld();
  world.transact('startRollupRebuild', { tenant: TENANT });
  for (let step = 0; world.transact('rebuildRollups', { tenant: TENANT }); step++) {
    world.drain(
      usageRecords(2, { startedAtMs: START_MS + (2 + step) * HOUR_MS, method: 'tools/call' }),
    );
    world.rateAll(START_MS + (3 + step) * HOUR_MS);
  }
  assert.ok(world.charges().length >= 9);
  assert.deepEqual(differencesOf(world), []);
});
