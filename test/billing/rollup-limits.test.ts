import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/kernel/limits.ts';
import { tenantId } from '../../src/kernel/principal.ts';
import { firstIdAt, type UsageRecord } from '../../src/metering/store.ts';
import { BillingWorld } from '../support/billing-world.ts';
import { usageRecord } from '../support/usage-record.ts';

const TENANT = tenantId('ten_a');
const HOUR_MS = 3_600_000;
const START_MS = 1_796_083_200_000;

function callsOf(changes: readonly Partial<UsageRecord>[]): readonly UsageRecord[] {
  return changes.map((change, index) => {
    const startedAtMs = change.startedAtMs ?? START_MS + HOUR_MS;
    const id = `${firstIdAt(startedAtMs)}${String(index).padStart(20, '0')}`;
    return usageRecord({ id, chargeKey: id, tenant: TENANT, startedAtMs, ...change });
  });
}

async function measures(
  { stores }: BillingWorld,
  times: { readonly hours: readonly number[]; readonly days: readonly number[] },
  by: readonly 'user'[] = [],
) {
  return await stores.analytics.usage({
    tenants: [TENANT],
    by,
    filter: {},
    times,
    isPerStart: false,
  });
}

const day = { hours: [], days: [START_MS] };
const hour = { hours: [START_MS + HOUR_MS], days: [] };

for (const [name, max, times, hoursApart] of [
  ['rollupHourRowsMax', limits.rollupHourRowsMax, hour, 0],
  ['rollupDayRowsMax', limits.rollupDayRowsMax, day, 1],
] as const) {
  test(`${name} rows have names, what is beyond has none`, async () => {
    using world = new BillingWorld();
    const calls = callsOf(
      Array.from({ length: max + 1 }, (_, index) => ({
        userId: `usr_${String(index).padStart(5, '0')}`,
        startedAtMs: START_MS + HOUR_MS * (1 + hoursApart * (index % 20)),
      })),
    );
    const users = async () => (await measures(world, times, ['user'])).map(({ group }) => group[0]);
    world.drain(calls.slice(0, max));
    assert.equal((await users()).includes('(other)'), false);
    world.drain(calls.slice(max));
    const found = await users();
    assert.deepEqual([found.length, found.includes('(other)')], [max + 1, true]);
  });
}

test('rollupRebuildRowsMax records are counted again at a time', async () => {
  using world = new BillingWorld();
  const max = limits.rollupRebuildRowsMax;
  world.drain(callsOf(Array.from({ length: max + 1 }, () => ({}))));
  await world.stores.rollups.startRebuild(TENANT);
  const seen: (number | undefined)[] = [];
  while (await world.stores.rollups.rebuildSome(TENANT)) {
    seen.push((await measures(world, day))[0]?.measure.records);
  }
  assert.deepEqual(seen, [0, max, max + 1]);
});

test('a record adds at most rollupAddendMax to a sum', async () => {
  using world = new BillingWorld();
  const max = limits.rollupAddendMax;
  world.drain(callsOf([{ bytesIn: max, bytesOut: max + 1, durationMs: 1e15 }]));
  const [sums] = await measures(world, day);
  const { bytesIn, bytesOut, durationMicros } = sums?.measure ?? {};
  assert.deepEqual([bytesIn, bytesOut, durationMicros], [max, max, max]);
});

test('users and keys leave sums with the records of their day, and totals stay', async () => {
  using world = new BillingWorld();
  const DAY_MS = 24 * HOUR_MS;
  const days = [0, 1, 2].map((number) => START_MS + number * DAY_MS);
  world.drain(
    callsOf(
      days.flatMap((startedAtMs) => ['usr_1', 'usr_2'].map((userId) => ({ startedAtMs, userId }))),
    ),
  );
  const lastId = `${firstIdAt(START_MS + DAY_MS + HOUR_MS)}${'0'.repeat(20)}`;
  world.database.exec(`INSERT INTO usage_cut (tenant_id, block, last_id, seq)
    VALUES ('${TENANT}', 0, '${lastId}', 0)`);
  const fence = { job: 'billing.rate', number: 1 };
  while (world.transact('sweepBehindCuts', { tenant: TENANT, fence }));
  const usersOf = async (startMs: number) =>
    (await measures(world, { hours: [startMs], days: [] }, ['user'])).map(({ group, measure }) => [
      group[0],
      measure.records,
    ]);
  assert.deepEqual(await usersOf(days[0] ?? 0), [['', 2]]);
  // The day of the cut has records that stay.
  assert.deepEqual((await usersOf(days[1] ?? 0)).length, 2);
  assert.equal((await measures(world, { hours: [], days }))[0]?.measure.records, 6);
  const { wrongRollups } = world.figures();
  assert.deepEqual(wrongRollups, []);
});
