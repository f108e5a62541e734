import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'node:test';
import { cutActions, type AuditEvent, type CutRequest } from '../../../src/audit/store.ts';
import { verifyChain } from '../../../src/audit/verify-chain.ts';
import { limits } from '../../../src/kernel/limits.ts';
import type { Stores } from '../../../src/storage/storage.ts';
import { callOf, eventOf, linesOf, NOON_MS } from './audit-fixtures.ts';
import { A, B, type OpenEmpty } from './fixtures.ts';

const LIFE_MS = 60_000;

/** Takes the job; what is there is rated, for nothing goes before. */
async function holderOf({ leases, charges }: Stores) {
  const fence = (await leases.acquire('retention.keep', 'node-1', LIFE_MS)) ?? assert.fail();
  await charges.rateUsage(A, NOON_MS, fence);
  return (beforeMs: number, action: string): CutRequest => ({
    beforeMs,
    event: eventOf(A, { action, atMs: Date.now(), detail: {} }),
    fence,
  });
}

const seqsOf = async ({ audit }: Stores): Promise<readonly number[]> =>
  (await audit.list(A, { descending: false, rowsMax: 2_000 })).map(({ seq }) => seq);

const toolsOf = async ({ usage }: Stores): Promise<readonly (string | null)[]> =>
  (await usage.list(A, { descending: false, rowsMax: 100 })).map(({ tool }) => tool);

/** Letting go of old rows, as it must be on every engine. */
export function retentionContract(open: OpenEmpty): void {
  test('how long a tenant keeps what is its own, and has a version', async (t) => {
    const { retention } = await open(t);
    const nothing = { usageDays: null, auditDays: null, chatDays: null, version: 0 };
    assert.deepEqual(await retention.settings(A), nothing);
    await retention.change(A, { usageDays: 30, auditDays: 40, chatDays: 7 });
    const changed = await retention.change(A, { usageDays: 20 }, 1);
    assert.deepEqual(changed, { usageDays: 20, auditDays: 40, chatDays: 7, version: 2 });
    assert.deepEqual(await retention.settings(A), changed);
    assert.equal((await retention.settings(B)).version, 0);
    await assert.rejects(retention.change(A, { usageDays: 5 }, 1), { code: 'conflict' });
    for (const usageDays of [null, 41]) {
      const code = 'invalid_configuration';
      await assert.rejects(retention.change(A, { usageDays }), { code });
    }
    assert.deepEqual(await retention.settings(A), changed);
  });

  test('old batches of usage records go, sums and the chain stay whole', async (t) => {
    const stores = await open(t);
    const { audit, usage, retention } = stores;
    await usage.insert(linesOf([callOf(A, 'old'), callOf(A, 'older'), callOf(B, 'theirs')]));
    await wait(5);
    const beforeMs = Date.now();
    await wait(5);
    await usage.insert(linesOf([callOf(A, 'young')]));
    const request = await holderOf(stores);
    assert.equal(await retention.cutUsage(A, request(beforeMs, cutActions.usage)), true);
    assert.equal(await retention.cutUsage(A, request(beforeMs, cutActions.usage)), false);
    const halfway = await verifyChain(audit, A);
    assert.deepEqual([halfway.calls, halfway.faults], [1, []], 'cut, and not yet deleted');
    const { fence } = request(0, '');
    assert.equal(await retention.sweep(A, fence), false);
    assert.deepEqual(await toolsOf(stores), ['young']);
    assert.equal((await usage.totals(A)).records, 3);
    assert.equal((await usage.list(B, { descending: false, rowsMax: 9 })).length, 1);
    for (const tenant of [A, B]) assert.deepEqual((await verifyChain(audit, tenant)).faults, []);
  });

  test('what was not charged yet is kept, however old', async (t) => {
    const stores = await open(t);
    const { usage, retention } = stores;
    await usage.insert(linesOf([callOf(A, 'charged')]));
    const request = await holderOf(stores);
    await usage.insert(linesOf([callOf(A, 'not charged')]));
    const laterMs = Date.now() + LIFE_MS;
    assert.equal(await retention.cutUsage(A, request(laterMs, cutActions.usage)), true);
    assert.equal(await retention.cutUsage(A, request(laterMs, cutActions.usage)), false);
    await retention.sweep(A, request(0, '').fence);
    assert.deepEqual(await toolsOf(stores), ['not charged']);
  });

  chainCutContract(open);
}

function chainCutContract(open: OpenEmpty): void {
  test('the beginning of a chain goes up to what is young or seals what is kept', async (t) => {
    const stores = await open(t);
    const { audit, usage, retention } = stores;
    await audit.append(A, [eventOf(A), eventOf(A)]);
    await usage.insert(linesOf([callOf(A, 'kept')]));
    await audit.append(A, [eventOf(A), eventOf(A, { atMs: Date.now() + LIFE_MS })]);
    const request = await holderOf(stores);
    const cut = (beforeMs: number) => retention.cutAudit(A, request(beforeMs, cutActions.audit));
    assert.equal(await cut(NOON_MS), false, 'nothing is as old');
    const afterMs = Date.now() + LIFE_MS / 2;
    assert.equal(await cut(afterMs), true);
    assert.equal(await cut(afterMs), false);
    assert.deepEqual((await verifyChain(audit, A)).faults, []);
    assert.equal(await retention.sweep(A, request(0, '').fence), false);
    assert.deepEqual(await seqsOf(stores), [3, 4, 5, 6]);
    await retention.cutUsage(A, request(afterMs, cutActions.usage));
    assert.equal(await cut(afterMs), true);
    await retention.sweep(A, request(0, '').fence);
    assert.deepEqual(await seqsOf(stores), [5, 6, 7, 8]);
    const { events, faults } = await verifyChain(audit, A);
    assert.deepEqual([events, faults], [4, []]);
    await audit.append(A, [eventOf(A)]);
    assert.deepEqual((await verifyChain(audit, A)).faults, []);
  });

  test('a page goes at a time, and nothing for whom another took the job from', async (t) => {
    const stores = await open(t);
    const { audit, retention } = stores;
    const max = limits.retentionRowsMax;
    const many: AuditEvent[] = Array.from({ length: max }, () => eventOf(A));
    await audit.append(A, many);
    await audit.append(A, [eventOf(A), eventOf(A, { atMs: Date.now() + LIFE_MS })]);
    const request = await holderOf(stores);
    const wanted = request(Date.now(), cutActions.audit);
    const lost = { ...wanted, fence: { ...wanted.fence, number: 0 } };
    assert.equal(await retention.cutAudit(A, lost), false);
    assert.equal((await audit.cut(A)).seq, 0);
    assert.equal(await retention.cutAudit(A, wanted), true);
    assert.equal((await audit.cut(A)).seq, max);
    assert.equal(await retention.cutAudit(A, request(Date.now(), cutActions.audit)), true);
    assert.equal((await audit.cut(A)).seq, max + 1);
    assert.equal(await retention.sweep(A, lost.fence), false);
    assert.equal(await retention.sweep(A, wanted.fence), true);
    assert.equal(await retention.sweep(A, wanted.fence), false);
    assert.deepEqual(await seqsOf(stores), [max + 2, max + 3, max + 4]);
    assert.deepEqual((await verifyChain(audit, A)).faults, []);
  });
}
