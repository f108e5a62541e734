import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { MeasuredGroup, UsageMeasure } from '../../../src/billing/analytics/store.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { tenantId, type TenantId } from '../../../src/kernel/principal.ts';
import {
  decodeUsageLine,
  encodeLatency,
  encodeUsageLine,
  firstIdAt,
  rollUpUsage,
  type UsageRecord,
  type UsageRollup,
} from '../../../src/metering/store.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { usageRecord } from '../../support/usage-record.ts';
import { A, type OpenEmpty } from './fixtures.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = 1_796_083_200_000;
const HOURS = Array.from({ length: 72 }, (_, hour) => START_MS + hour * HOUR_MS);
const DAYS = [0, 1, 2].map((day) => START_MS + day * DAY_MS);

/** What tells the rows of each facet apart. */
const FACETS = [
  ['total', ['outcome']],
  ['who', ['user', 'key', 'outcome']],
  ['what', ['service', 'tool', 'outcome']],
  ['all', ['user', 'key', 'service', 'tool', 'outcome']],
] as const;

const linesOf = (records: readonly UsageRecord[]): Buffer =>
  Buffer.from(records.map(encodeUsageLine).join(''));

const some = <Value>(...values: readonly Value[]): fc.Arbitrary<Value> =>
  fc.constantFrom(...values);

const fact = fc.record({
  hour: fc.nat(71),
  userId: some('usr_1', 'usr_2', 'usr_3'),
  grantId: some('key_1', 'key_2'),
  serviceId: some('svc_1', 'svc_2', null),
  tool: some('t', 'ü "1"', null),
  outcome: some('ok', 'timeout', 'tool_error'),
  durationMs: some(0, 0.004, 1.5, 3.217, 250, 60_000.1),
  bytesOut: fc.nat(10_000),
  quantities: some(null, '{"token:input":"7","custom:pages":"3"}', 'no json'),
} as const);

let tenants = 0;
/** A tenant that no other run has. */
const newTenant = (): TenantId => tenantId(`ten_run_${++tenants}`);

function recordsOf(tenant: TenantId, facts: readonly fc.Arbitrary<never>[] | readonly unknown[]) {
  return facts.map((one, index) => {
    const { hour, ...rest } = one as { readonly hour: number } & Partial<UsageRecord>;
    const startedAtMs = START_MS + hour * HOUR_MS + index;
    const id = `${firstIdAt(startedAtMs)}${String(index).padStart(20, '0')}`;
    return usageRecord({ tenant, id, chargeKey: id, startedAtMs, ...rest });
  });
}

type Plain = readonly (string | number)[];

function plainOf(
  grain: string,
  startMs: number,
  group: readonly string[],
  measure: UsageMeasure,
): Plain {
  const { records, calls, durationMicros, bytesIn, bytesOut, tokens, events, latency } = measure;
  const sums = [records, calls, durationMicros, bytesIn, bytesOut, tokens, events];
  return [grain, startMs, ...group, ...sums, encodeLatency(latency)];
}

const inOrder = (rows: readonly Plain[]) => rows.map((row) => JSON.stringify(row)).toSorted();

/** Every row there is of a tenant, facet by facet, as it is read. */
export async function keptRollups({ analytics }: Storage, tenant: TenantId) {
  const kept: Record<string, readonly string[]> = {};
  for (const [facet, by] of FACETS) {
    const asked = {
      tenants: [tenant],
      by,
      filter: {},
      isPerStart: true,
      withLatency: true,
    } as const;
    const rows: readonly MeasuredGroup<UsageMeasure>[] = await analytics.usage({
      ...asked,
      times: { hours: HOURS, days: DAYS },
    });
    kept[facet] = inOrder(
      rows.map(({ grain, startMs, group, measure }) => plainOf(grain, startMs, group, measure)),
    );
  }
  return kept;
}

/** The rows that records come to, each record once. */
export function expectedRollups(records: readonly UsageRecord[]) {
  const distinct = [...new Map(records.map((record) => [record.id, record])).values()];
  const rows = rollUpUsage(distinct.map((record) => decodeUsageLine(encodeUsageLine(record))));
  const expected: Record<string, readonly string[]> = {};
  for (const [facet, by] of FACETS) {
    expected[facet] = inOrder(
      rows
        .filter((row: UsageRollup) => row.facet === facet)
        .map((row) =>
          plainOf(
            row.grain,
            row.startMs,
            by.map((name) => row[name]),
            row,
          ),
        ),
    );
  }
  return expected;
}

async function rebuild({ rollups }: Storage, tenant: TenantId): Promise<void> {
  await rollups.startRebuild(tenant);
  while (await rollups.rebuildSome(tenant));
}

/** What is summed up by the hour and the day must be what the records say, on every engine. */
export function rollupContract(open: OpenEmpty): void {
  test('records are summed up once, however often drained and counted again', async (t) => {
    const storage = await open(t);
    const slices = fc.array(fc.tuple(fc.nat(30), fc.nat(12), fc.boolean()), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fact, { minLength: 1, maxLength: 30 }),
        slices,
        async (facts, cuts) => {
          const tenant = newTenant();
          const records = recordsOf(tenant, facts);
          const seen: UsageRecord[] = [];
          for (const [from, length, isRebuildStep] of [...cuts, [0, 30, false] as const]) {
            const slice = records.slice(from, from + length);
            seen.push(...slice);
            await storage.usage.insert(linesOf(slice));
            // A rebuild that is begun and stands still in between loses and doubles nothing.
            if (isRebuildStep) {
              if (!(await storage.analytics.isRebuilding([tenant]))) {
                await storage.rollups.startRebuild(tenant);
              }
              await storage.rollups.rebuildSome(tenant);
            }
          }
          while (await storage.rollups.rebuildSome(tenant));
          const expected = expectedRollups(seen);
          assert.deepEqual(await keptRollups(storage, tenant), expected);
          await rebuild(storage, tenant);
          assert.deepEqual(await keptRollups(storage, tenant), expected);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('two drains of the same records at once count each of them once', async (t) => {
    const storage = await open(t);
    const facts = fc.sample(fact, { numRuns: 120, seed: 7 });
    const records = recordsOf(A, facts);
    const batches = [0, 20, 40, 60, 80].map((from) => records.slice(from, from + 60));
    await Promise.all(
      [...batches, ...batches].map((batch, index) =>
        storage.usage.insert(linesOf(index % 2 === 0 ? batch : batch.toReversed())),
      ),
    );
    const expected = expectedRollups(records);
    assert.deepEqual(await keptRollups(storage, A), expected);
  });
  fullHours(open);
}

function fullHours(open: OpenEmpty): void {
  test('rows beyond rollupHourRowsMax share one for all others, and sums stay whole', async (t) => {
    const storage = await open(t);
    const max = limits.rollupHourRowsMax;
    const users = Array.from(
      { length: max + 1 },
      (_, index) => `usr_${String(index).padStart(5, '0')}`,
    );
    const facts = users.map((userId) => ({ hour: 0, userId }));
    const records = recordsOf(A, facts);
    const rowsOfHour = async () => {
      const times = { hours: [START_MS], days: [] };
      const asked = {
        tenants: [A],
        by: ['user'],
        filter: {},
        isPerStart: false,
        withLatency: true,
        times,
      } as const;
      return await storage.analytics.usage(asked);
    };
    await storage.usage.insert(linesOf(records.slice(0, max)));
    const exact = await rowsOfHour();
    assert.equal(exact.length, max);
    assert.ok(exact.every(({ group }) => group[0] !== '(other)'));
    await storage.usage.insert(linesOf(records.slice(max)));
    await storage.usage.insert(
      linesOf(recordsOf(A, [{ hour: 0, userId: 'usr_99999', id: `${firstIdAt(START_MS)}z` }])),
    );
    const folded = await rowsOfHour();
    assert.equal(folded.length, max + 1);
    const other = folded.find(({ group }) => group[0] === '(other)');
    assert.equal(other?.measure.records, 2);
    assert.equal(
      [...(other?.measure.latency.values() ?? [])].reduce((sum, one) => sum + one),
      2,
    );
    const days = await storage.analytics.usage({
      tenants: [A],
      by: ['user'],
      filter: {},
      isPerStart: false,
      times: { hours: [], days: [START_MS] },
    });
    assert.equal(days.length, max + 2);
    await rebuild(storage, A);
    const again = await rowsOfHour();
    const sumsOf = (rows: typeof again) =>
      inOrder(rows.map(({ group, measure }) => plainOf('', 0, group, measure)));
    assert.deepEqual(sumsOf(again), sumsOf(folded));
  });
}
