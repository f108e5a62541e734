import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutActions, type CutRequest, type RetentionStore } from '../audit/store.ts';
import { IdSource } from '../kernel/ids.ts';
import { limits } from '../kernel/limits.ts';
import { tenantId } from '../kernel/principal.ts';
import { keepRetention } from './keep-retention.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 1_000 * DAY_MS;
const fence = { job: 'retention.keep', number: 1 };

/** A store whose cuts and deletions each take `turns` turns. */
function start(
  usageDays: number | null,
  auditDays: number | null,
  turns: number,
  chatDays: number | null = null,
) {
  const did: string[] = [];
  const events: CutRequest['event'][] = [];
  const expired: number[] = [];
  const left = { cutUsage: turns, cutAudit: turns, sweep: turns };
  const turn = (what: keyof typeof left, text: string): Promise<boolean> => {
    did.push(text);
    return Promise.resolve(--left[what] > 0);
  };
  const cut = (what: 'cutUsage' | 'cutAudit') => (tenant: string, request: CutRequest) => {
    events.push(request.event);
    return turn(what, `${what} ${tenant} ${(NOW_MS - request.beforeMs) / DAY_MS}`);
  };
  const store: RetentionStore = {
    settings: () => Promise.resolve({ usageDays, auditDays, chatDays, version: 1 }),
    change: () => assert.fail(),
    cutUsage: cut('cutUsage'),
    cutAudit: cut('cutAudit'),
    sweep: (tenant) => turn('sweep', `sweep ${tenant}`),
  };
  const job = keepRetention({
    store,
    captures: { deleteExpired: (atMs) => Promise.resolve(expired.push(atMs) < 2) },
    conversations: {
      deleteOlder: (tenant, beforeMs) => {
        did.push(`conversations ${tenant} ${(NOW_MS - beforeMs) / DAY_MS}`);
        return Promise.resolve(did.length < 2);
      },
    },
    tenants: () => Promise.resolve([tenantId('ten_a')]),
    nodeId: 'node-1',
    ids: new IdSource(),
    now: () => NOW_MS,
  });
  return { job, did, events, expired };
}

test('records go before what sealed them, then rows are deleted until none is left', async () => {
  const { job, did, events } = start(30, 90, 2);
  await job.run(fence, new AbortController().signal);
  assert.deepEqual(did, [
    'cutUsage ten_a 30',
    'cutUsage ten_a 30',
    'cutAudit ten_a 90',
    'cutAudit ten_a 90',
    'sweep ten_a',
    'sweep ten_a',
  ]);
  assert.equal(job.everyMs, limits.retentionLookMs);
  assert.equal(new Set(events.map(({ id }) => id)).size, 4);
  const told = events.map(({ action, subject, rule }) => [action, subject, rule]);
  assert.deepEqual(told[0], [cutActions.usage, 'system:retention', '30 days']);
  assert.deepEqual(told[2], [cutActions.audit, 'system:retention', '90 days']);
});

test('what is kept for ever is left alone', async () => {
  const { job, did } = start(null, null, 1);
  await job.run(fence, new AbortController().signal);
  assert.deepEqual(did, ['sweep ten_a']);
});

test('conversations that nobody goes on with go until none is left', async () => {
  const { job, did } = start(null, null, 1, 7);
  await job.run(fence, new AbortController().signal);
  assert.deepEqual(did, ['conversations ten_a 7', 'conversations ten_a 7', 'sweep ten_a']);
});

test('captures that expired are deleted until none is left', async () => {
  const { job, expired } = start(null, null, 1);
  await job.run(fence, new AbortController().signal);
  assert.deepEqual(expired, [NOW_MS, NOW_MS]);
});

test('a run that is told to stop stops', async () => {
  const { job, did } = start(30, 90, 100);
  await job.run(fence, AbortSignal.abort());
  assert.deepEqual(did, []);
});

test('a store that has more than retentionRowsMax rows to delete is asked again', async () => {
  for (const [rows, turns] of [
    [limits.retentionRowsMax, 1],
    [limits.retentionRowsMax + 1, 2],
  ] as const) {
    const { job, did } = start(null, null, Math.ceil(rows / limits.retentionRowsMax));
    await job.run(fence, new AbortController().signal);
    assert.equal(did.length, turns);
  }
});
