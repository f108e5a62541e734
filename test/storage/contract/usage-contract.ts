import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdSource } from '../../../src/kernel/ids.ts';
import { tenantId } from '../../../src/kernel/principal.ts';
import {
  decodeUsageLine,
  encodeUsageLine,
  type UsageRecord,
  type UsageStore,
} from '../../../src/metering/store.ts';
import { A, B, type OpenEmpty } from './fixtures.ts';
import { usageRecord } from '../../support/usage-record.ts';

const NOON_MS = 1_763_640_000_000;
const HOUR_MS = 3_600_000;

function recordAt(startedAtMs: number, changes: Partial<UsageRecord> = {}): UsageRecord {
  return usageRecord({
    id: new IdSource(() => startedAtMs).next('use'),
    tenant: A,
    tool: 'say "hi"\n\u{1f389}',
    upstreamEra: 'legacy',
    startedAtMs,
    endedAtMs: startedAtMs + 3,
    durationMs: 3.217,
    upstreamMs: 2.5,
    ...changes,
  });
}

const lines = (records: readonly UsageRecord[]): Buffer =>
  Buffer.from(records.map(encodeUsageLine).join(''));

const page = { descending: false, rowsMax: 100 } as const;

/** What usage records must do on every engine. */
export function usageContract(open: OpenEmpty): void {
  test('records read back as they were written, and only for their tenant', async (t) => {
    const { usage } = await open(t);
    const mine = recordAt(NOON_MS, { chargeKey: 'bought once', sessionId: 'ses_1' });
    const empty = recordAt(NOON_MS + 1, {
      serviceId: null,
      tool: null,
      upstreamEra: null,
      upstreamCalled: false,
      durationMs: 4,
    });
    const theirs = recordAt(NOON_MS, { tenant: B });
    assert.deepEqual(await usage.insert(lines([mine, theirs, empty])), []);
    assert.deepEqual(await usage.list(A, page), [mine, empty]);
    assert.deepEqual(await usage.list(B, page), [theirs]);
    assert.deepEqual(await usage.list(tenantId('ten_c'), page), []);
  });

  test('a record counts once however often it is inserted', async (t) => {
    const { usage } = await open(t);
    const records = [1, 2, 3].map((step) => recordAt(NOON_MS + step));
    await usage.insert(lines(records));
    await usage.insert(lines([...records, ...records, recordAt(NOON_MS + 4)]));
    assert.deepEqual(await usage.totals(A), { records: 4, bytesIn: 40, bytesOut: 80 });
    assert.deepEqual(await usage.totals(B), { records: 0, bytesIn: 0, bytesOut: 0 });
    assert.equal((await usage.list(A, page)).length, 4);
  });

  test('lines that can never be stored come back; the others are stored', async (t) => {
    const { usage } = await open(t);
    const good = recordAt(NOON_MS);
    const unstorable = encodeUsageLine(recordAt(1, { bytesIn: Number.NaN, chargeKey: 'k' })).trim();
    const bad = ['no json', '[1,2]', '{}', unstorable];
    const batch = Buffer.from([bad[0], encodeUsageLine(good).trim(), ...bad.slice(1)].join('\n'));
    const refused = await usage.insert(batch);
    const lost = refused.map(({ line }) => line);
    assert.deepEqual(lost.slice(0, -1), bad.slice(0, -1));
    assert.deepEqual(decodeUsageLine(lost.at(-1) ?? ''), decodeUsageLine(unstorable));
    assert.ok(refused.every(({ reason }) => reason !== ''));
    assert.deepEqual(await usage.list(A, page), [good]);
    assert.equal((await usage.totals(A)).records, 1);
  });

  test('a list is paged, filtered and sorted', async (t) => {
    const { usage } = await open(t);
    const records = [0, 1, 2, 3, 4].map((hour) =>
      recordAt(NOON_MS + hour * HOUR_MS, { serviceId: hour % 2 === 0 ? 'svc_even' : 'svc_odd' }),
    );
    await usage.insert(lines(records));
    const hours = async (query: Partial<Parameters<UsageStore['list']>[1]>): Promise<number[]> =>
      (await usage.list(A, { ...page, ...query })).map(
        ({ startedAtMs }) => (startedAtMs - NOON_MS) / HOUR_MS,
      );
    assert.deepEqual(await hours({ rowsMax: 2 }), [0, 1]);
    assert.deepEqual(await hours({ rowsMax: 2, after: records[1]?.id ?? '' }), [2, 3]);
    assert.deepEqual(await hours({ descending: true, rowsMax: 2 }), [4, 3]);
    assert.deepEqual(await hours({ descending: true, after: records[3]?.id ?? '' }), [2, 1, 0]);
    assert.deepEqual(await hours({ serviceId: 'svc_odd' }), [1, 3]);
    const [fromMs, toMs] = [NOON_MS + HOUR_MS, NOON_MS + 3 * HOUR_MS];
    assert.deepEqual(await hours({ fromMs, toMs }), [1, 2]);
    assert.deepEqual(await hours({ fromMs: fromMs + 1 }), [2, 3, 4]);
    assert.deepEqual(await hours({ fromMs: 0, toMs: 1 }), []);
  });
}
