import assert from 'node:assert/strict';
import { test } from 'node:test';
import { START_MS, termsOf } from '../../support/billing-world.ts';
import { CLOSED_MS, recurringOf, seller } from '../../support/invoice-world.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { exporterOf, openCharging } from './exporter-contract.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

/** What is sent once more, and invoices that are sent, on every engine. */
export function exportedContract(open: OpenEmpty): void {
  retries(open);
  invoices(open);
}

/** Two final invoices of a tenant, the first one first. */
async function openInvoicing({ plans, subscriptions, leases, charges, invoices: store }: Storage) {
  const times = { createdAtMs: 1, updatedAtMs: 1, version: 1 };
  await plans.insert({ id: 'pln_1', name: 'plan', description: '', ...times });
  const terms = { ...termsOf([]), recurring: [recurringOf('base', '31')] };
  await plans.insertVersion({ id: 'plv_1', planId: 'pln_1', terms, createdAtMs: 1 });
  await plans.publish({ planId: 'pln_1', id: 'plv_1', ifVersion: undefined }, 2);
  const when = { startsAtMs: START_MS, endsAtMs: null, anchorMs: START_MS, timeZone: 'UTC' };
  const subscription = { tenant: A, id: 'sub_1', planVersionId: 'plv_1', ...when };
  await subscriptions.insert(A, { ...subscription, createdAtMs: 3, version: 1 });
  const fence = await leases.acquire('billing', 'me', 60_000);
  assert.ok(fence);
  for (const nowMs of [START_MS, CLOSED_MS]) {
    await charges.turnPeriods(A, nowMs, fence);
    await store.draft(A, { nowMs, seller, fence });
  }
  const drafts = await store.list(A, { status: 'draft', rowsMax: 2 });
  const final: string[] = [];
  for (const { id } of drafts) {
    await store.finalise(A, { id, seller, nowMs: CLOSED_MS + final.length });
    final.push(id);
  }
  const [one, two] = final;
  assert.ok(one !== undefined && two !== undefined);
  return { fence, final: [one, two] as const };
}

function retries(open: OpenEmpty): void {
  test('what was refused is marked, begun and ended by the holder of the job alone', async (t) => {
    const storage = await openWithTenants(open, t);
    const { exporters } = storage;
    const { charge, fence } = await openCharging(storage);
    await charge('use_1', 'use_2', 'use_3');
    const { acknowledged: from } = await exporters.insert(A, exporterOf('exp_1', 'beginning'), 's');
    const page = await exporters.charges(A, from, null, 9);
    const to = page.at(-1)?.place;
    assert.ok(to);
    const refused = page.map(({ charge: { gateKey, ruleId, seq } }, index) => {
      const sinceMs = index === 2 ? 7 : null;
      const rest = { reason: 'no', atMs: 40, sinceMs, retryAtMs: null };
      return { gateKey, ruleId, seq, eventId: `chg_${index}`, ...rest };
    });
    const counts = { exported: 0, skipped: 0, nowMs: 40, isWhole: true };
    await exporters.finish({ tenant: A, id: 'exp_1', from, to, ...counts, refused }, fence);
    assert.equal(await exporters.retry(B, 'exp_1', null, 50), 0);
    assert.equal(await exporters.retry(A, 'exp_1', ['chg_2', 'chg_9'], 50), 1);
    assert.equal(await exporters.retry(A, 'exp_1', null, 60), 2);
    assert.equal((await exporters.get(A, 'exp_1'))?.nextAtMs, 60, 'it looks at once');
    const marked = await exporters.retries(A, 'exp_1', 9);
    assert.deepEqual(
      marked.map(({ charge: { usageId }, eventId, retryAtMs }) => [usageId, eventId, retryAtMs]),
      [
        ['use_3', 'chg_2', 50],
        ['use_1', 'chg_0', 60],
        ['use_2', 'chg_1', 60],
      ],
    );
    assert.deepEqual(marked[0]?.charge, page[2]?.charge);
    assert.deepEqual(await exporters.retries(B, 'exp_1', 9), []);
    assert.equal((await exporters.retries(A, 'exp_1', 1)).length, 1);
    const stale = { ...fence, number: 0 };
    assert.equal(await exporters.beginRetries(A, 'exp_1', marked, 70, stale), false);
    assert.equal(await exporters.beginRetries(A, 'exp_1', marked, 70, fence), true);
    await exporters.beginRetries(A, 'exp_1', marked, 80, fence);
    const begun = await exporters.retries(A, 'exp_1', 9);
    assert.deepEqual(
      begun.map(({ sinceMs }) => sinceMs),
      [7, 70, 70],
    );
    const [third, first, second] = marked;
    assert.ok(third && first && second);
    const ended = {
      tenant: A,
      id: 'exp_1',
      nowMs: 90,
      done: [first],
      refused: [{ ...third, reason: 'still no' }],
      absent: [second],
    };
    assert.equal(await exporters.endRetries(ended, stale), false);
    assert.equal(await exporters.endRetries(ended, fence), true);
    const left = await exporters.refused(A, 'exp_1', 9);
    assert.deepEqual(
      left.map(({ eventId, reason, sinceMs, retryAtMs }) => [eventId, reason, sinceMs, retryAtMs]),
      [
        ['chg_2', 'still no', 7, null],
        ['chg_1', 'no', null, 60],
      ],
    );
    assert.equal((await exporters.get(A, 'exp_1'))?.exported, 1);
    await exporters.endRetries(ended, fence);
    assert.equal((await exporters.get(A, 'exp_1'))?.exported, 1, 'it arrived once');
  });
}

function invoices(open: OpenEmpty): void {
  test('an invoice is noted before it leaves, and comes last after it failed', async (t) => {
    const storage = await openWithTenants(open, t);
    const { exporters } = storage;
    const { fence, final } = await openInvoicing(storage);
    const [one, two] = final;
    const settings = { kind: 'stripe_invoices', customer: 'cus_1' } as const;
    const invoicing = { ...settings, collection: 'send_invoice', finalise: true } as const;
    const early = { ...exporterOf('exp_1', 'beginning'), settings: invoicing };
    await exporters.insert(A, early, 's');
    await exporters.insert(A, { ...exporterOf('exp_2', 'now'), createdAtMs: CLOSED_MS + 9 }, 's');
    assert.deepEqual(await exporters.dueInvoices(A, 'exp_1', 9), [one, two]);
    assert.deepEqual(await exporters.dueInvoices(A, 'exp_1', 1), [one]);
    assert.deepEqual(await exporters.dueInvoices(A, 'exp_2', 9), []);
    assert.deepEqual(await exporters.dueInvoices(B, 'exp_1', 9), []);
    const noted = { tenant: A, id: 'exp_1', invoiceId: one };
    const wanted = { ...noted, customer: 'cus_1', atMs: 10 };
    const stale = { ...fence, number: 0 };
    assert.equal(await exporters.beginInvoice(wanted, stale), undefined);
    const begun = await exporters.beginInvoice(wanted, fence);
    const facts = { invoiceId: one, customer: 'cus_1', vendorId: null, reason: null };
    assert.deepEqual(begun, { ...facts, state: 'sending', sinceMs: 10, atMs: 10 });
    const again = { ...wanted, customer: 'cus_2', atMs: 20 };
    assert.deepEqual(await exporters.beginInvoice(again, fence), begun);
    const waits = { ...noted, state: 'sending', vendorId: null, reason: '429', atMs: 30 } as const;
    assert.equal(await exporters.endInvoice(waits, stale), false);
    assert.equal(await exporters.endInvoice(waits, fence), true);
    assert.deepEqual(await exporters.dueInvoices(A, 'exp_1', 9), [two, one]);
    const sent = { ...noted, state: 'sent', vendorId: 'in_1', reason: null, atMs: 40 } as const;
    assert.equal(await exporters.endInvoice(sent, fence), true);
    assert.equal(await exporters.endInvoice(sent, fence), false, 'it is there already');
    assert.equal((await exporters.get(A, 'exp_1'))?.exported, 1);
    await exporters.beginInvoice({ ...wanted, invoiceId: two, atMs: 50 }, fence);
    const no = { ...noted, invoiceId: two, vendorId: null, atMs: 60 };
    await exporters.endInvoice({ ...no, state: 'refused', reason: 'no' }, fence);
    assert.deepEqual(await exporters.dueInvoices(A, 'exp_1', 9), []);
    const rows = await exporters.invoices(A, 'exp_1', 9);
    assert.deepEqual(
      rows.map(({ invoiceId, state, reason }) => [invoiceId, state, reason]),
      [
        [two, 'refused', 'no'],
        [one, 'sent', null],
      ],
    );
    assert.deepEqual(await exporters.invoices(B, 'exp_1', 9), []);
    assert.equal(await exporters.retry(A, 'exp_1', null, 70), 1);
    assert.deepEqual(await exporters.dueInvoices(A, 'exp_1', 9), [two]);
    assert.equal(await exporters.delete(A, 'exp_1', undefined), true);
    assert.deepEqual(await exporters.invoices(A, 'exp_1', 9), []);
  });
}
