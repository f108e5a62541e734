import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareFigures } from '../../../src/billing/store.ts';
import { START_MS, termsOf } from '../../support/billing-world.ts';
import { CLOSED_MS, recurringOf, seller } from '../../support/invoice-world.ts';
import { A, openWithTenants, type OpenEmpty } from './fixtures.ts';

/** What invoices must do on every engine. */
export function invoiceContract(open: OpenEmpty): void {
  test('a period is invoiced once, made final, given back and void', async (t) => {
    const storage = await openWithTenants(open, t);
    const { plans, subscriptions, charges, invoices, coupons, reconciliations } = storage;
    const times = { createdAtMs: 1, updatedAtMs: 1, version: 1 };
    await plans.insert({ id: 'pln_1', name: 'plan', description: '', ...times });
    const terms = { ...termsOf([]), recurring: [recurringOf('base', '31.005')] };
    await plans.insertVersion({ id: 'plv_1', planId: 'pln_1', terms, createdAtMs: 1 });
    await plans.publish({ planId: 'pln_1', id: 'plv_1', ifVersion: undefined }, 2);
    const when = { startsAtMs: START_MS, endsAtMs: null, anchorMs: START_MS, timeZone: 'UTC' };
    const subscription = { tenant: A, id: 'sub_1', planVersionId: 'plv_1', ...when };
    await subscriptions.insert(A, { ...subscription, createdAtMs: 3, version: 1 });
    const part = { percent: '10', amount: null, currency: null, count: 1, rules: ['base'] };
    await coupons.insert({ id: 'cpn_1', name: 'Launch', ...part, createdAtMs: 1 });
    assert.equal(await coupons.give(A, 'cpn_1', 1), true);
    const fence = await storage.leases.acquire('billing.periods', 'me', 60_000);
    if (fence === undefined) throw new Error('the lease is taken');
    await charges.turnPeriods(A, CLOSED_MS, fence);
    const request = { nowMs: CLOSED_MS, seller, fence };
    const drafted = await invoices.draft(A, request);
    assert.deepEqual([drafted?.hasMore, (drafted?.count ?? 0) > 0], [false, true]);
    assert.equal((await invoices.draft(A, request))?.count, 0);
    const drafts = await invoices.list(A, { status: 'draft', rowsMax: 10 });
    assert.equal((await invoices.listAll('draft', undefined, 10)).length, drafts.length);
    const finals = [];
    for (const { id } of drafts) finals.push(await invoices.finalise(A, { ...request, id }));
    assert.deepEqual(
      finals.map((one) => one?.number),
      drafts.map((_, at) => `INV-00000${at + 1}`),
    );
    const [first] = drafts;
    const id = first?.id ?? '';
    const note = { invoiceId: id, id: 'crn_1', key: 'k', amount: 10n ** 9n, reason: 'r' };
    const made = await invoices.credit(A, { ...note, series: 'CN-', nowMs: CLOSED_MS });
    assert.deepEqual(await invoices.notes(A, id), [made]);
    const voided = await invoices.void(A, { id, reason: 'r', nowMs: CLOSED_MS });
    assert.equal(voided?.status, 'void');
    assert.deepEqual(compareFigures(await reconciliations.figures(A)), []);
  });
}
