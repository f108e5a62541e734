import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareFigures } from '../../src/billing/store.ts';
import type { Invoice } from '../../src/billing/invoices/store.ts';
import { makeInvoices } from '../../src/jobs/billing/make-invoices.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { limits } from '../../src/kernel/limits.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { BillingWorld, ruleOf, START_MS, TENANT, termsOf } from '../support/billing-world.ts';
import {
  CLOSED_MS,
  draftAll,
  finalise,
  invoicesOf,
  owed,
  recurringOf,
  seller,
} from '../support/invoice-world.ts';
import { usageRecord } from '../support/usage-record.ts';

const DAY_MS = 86_400_000;
const ids = new IdSource(() => START_MS);
const call = (startedAtMs = START_MS + 1_000) => {
  const id = ids.next('use');
  return usageRecord({ id, chargeKey: id, startedAtMs });
};

const printed = ({ document: { lines } }: Invoice) =>
  lines.map(({ kind, title, printed: amount }) => `${kind} ${title} ${amount}`);

test('a month is invoiced when it closes, with what the next one costs in advance', () => {
  using world = new BillingWorld();
  world.subscribe({
    ...termsOf([ruleOf('calls', 'call', { model: 'unit', unitAmount: '0.005' })]),
    recurring: [
      recurringOf('base', '20'),
      recurringOf('seats', '3', { quantity: '5', due: 'in_arrears' }),
    ],
  });
  world.drain([call(), call(), call()]);
  world.rateAll();
  world.turn(START_MS);
  assert.equal(draftAll(world, START_MS), 1);
  assert.equal(draftAll(world, START_MS), 0);
  world.turn(CLOSED_MS);
  assert.equal(draftAll(world, CLOSED_MS), 1);
  assert.equal(draftAll(world, CLOSED_MS), 0);
  const [first, month] = invoicesOf(world) as [Invoice, Invoice];
  assert.deepEqual(printed(first), ['recurring base 20.00']);
  assert.deepEqual(printed(month), [
    'recurring seats 15.00',
    'recurring base 20.00',
    'usage calls 0.02',
  ]);
  assert.equal(month.charges, 35_015_000_000n);
  assert.equal(month.document.lines[2]?.quantity, '3');
  assert.deepEqual(compareFigures(world.figures()), []);
  assert.equal(finalise(world, first.id).number, 'INV-000001');
  assert.equal(finalise(world, month.id).number, 'INV-000002');
  assert.equal(owed(world), 55_020_000_000n);
});

test('what prepaid credit has paid is taken off, once', () => {
  using world = new BillingWorld();
  const calls = ruleOf('calls', 'call', { model: 'unit', unitAmount: '4' });
  world.subscribe({
    ...termsOf([calls]),
    payment: 'prepaid',
    recurring: [recurringOf('base', '5')],
  });
  const usual = { currency: 'USD', priority: 0, expiresAtMs: null, createdAtMs: START_MS } as const;
  const credit = {
    ...usual,
    id: 'crd_1',
    key: 'order 1',
    kind: 'bought',
    amount: 10n ** 10n,
  } as const;
  world.transact('grantCredit', { tenant: TENANT, credit });
  world.drain([call(), call(), call()]);
  world.rateAll();
  world.turn(CLOSED_MS);
  draftAll(world, CLOSED_MS);
  const drafts = invoicesOf(world);
  assert.deepEqual(
    drafts.map(({ charges, credit: paid, total }) => [charges, paid, total]),
    [[22_000_000_000n, 10_000_000_000n, 12_000_000_000n]],
  );
  assert.ok(drafts.flatMap(printed).includes('credit Paid from credit -10.00'));
  for (const { id } of drafts) finalise(world, id);
  assert.equal(owed(world), 12_000_000_000n);
  world.turn(CLOSED_MS + 28 * DAY_MS);
  draftAll(world, CLOSED_MS + 28 * DAY_MS);
  assert.deepEqual(
    invoicesOf(world).map(({ credit: paid }) => paid),
    [10_000_000_000n, 0n],
  );
  assert.deepEqual(compareFigures(world.figures()), []);
});

test('a trial costs nothing and says so; what comes late names the time it was used', () => {
  using world = new BillingWorld();
  const terms = termsOf([ruleOf('calls', 'call', { model: 'unit', unitAmount: '1' })]);
  const base = recurringOf('base', '31');
  world.subscribe({ ...terms, recurring: [base] });
  world.database.exec(`UPDATE subscription SET trial_ends_at_ms = ${START_MS + 10 * DAY_MS}`);
  world.drain([call(), call(START_MS + 20 * DAY_MS)]);
  world.rateAll();
  world.turn(CLOSED_MS);
  world.drain([call(START_MS + 20 * DAY_MS)]);
  world.rateAll(CLOSED_MS);
  draftAll(world, CLOSED_MS);
  world.turn(CLOSED_MS + 28 * DAY_MS);
  draftAll(world, CLOSED_MS + 28 * DAY_MS);
  const [january, february] = invoicesOf(world) as [Invoice, Invoice];
  assert.deepEqual(printed(january), [
    'recurring base 21.00',
    'recurring base 31.00',
    'usage calls 1.00',
    'trial calls 0.00',
  ]);
  assert.equal(january.document.lines[2]?.quantity, null, 'a part of it is billed elsewhere');
  const late = february.document.lines.find(({ kind }) => kind === 'late');
  assert.deepEqual([late?.printed, late?.servicePeriodStartMs], ['1.00', START_MS]);
});

test('a change of plan prorates what was paid in advance', () => {
  using world = new BillingWorld();
  world.subscribe({ ...termsOf([]), recurring: [recurringOf('base', '31')] });
  world.turn(START_MS);
  draftAll(world, START_MS);
  const change = START_MS + 10 * DAY_MS;
  world.database.exec(`UPDATE subscription SET ends_at_ms = ${change}`);
  const next = { ...termsOf([]), recurring: [recurringOf('base', '62')] };
  world.subscribe(next, { id: 'sub_2', planVersionId: 'plv_2', startsAtMs: change });
  world.turn(CLOSED_MS);
  draftAll(world, CLOSED_MS);
  const all = invoicesOf(world).map(printed).flat();
  assert.ok(all.includes('recurring base 31.00') && all.includes('recurring base -21.00'));
  assert.ok(all.includes('recurring base 42.00'), all.join(', '));
});

test('a one-off is charged once for its key, and is on the invoice of its period', () => {
  using world = new BillingWorld();
  world.subscribe(termsOf([]));
  const oneOff = { tenant: TENANT, key: 'k', title: 'Set-up', amount: 5n, currency: 'USD' };
  const charge = (changes: object = {}) =>
    world.transact('chargeOneOff', { ...oneOff, nowMs: START_MS + 1, ...changes });
  assert.deepEqual(charge(), charge({ nowMs: START_MS + 9 }));
  assert.throws(() => charge({ amount: 6n }), { code: 'conflict' });
  assert.throws(() => charge({ key: 'l', currency: 'EUR' }), { code: 'conflict' });
  world.turn(CLOSED_MS);
  draftAll(world, CLOSED_MS);
  assert.deepEqual(printed(invoicesOf(world)[0] as Invoice), ['one_off Set-up 0.00']);
});

test('final invoices, their parts and credit notes are changed by nobody', () => {
  using world = new BillingWorld();
  world.subscribe({ ...termsOf([]), recurring: [recurringOf('base', '31')] });
  world.turn(START_MS);
  draftAll(world, START_MS);
  const [draft] = invoicesOf(world) as [Invoice];
  const { id } = finalise(world, draft.id);
  const note = { tenant: TENANT, invoiceId: id, id: 'crn_1', key: 'k', amount: null };
  world.transact('creditInvoice', { ...note, reason: 'r', series: 'CN-', nowMs: 1 });
  for (const statement of [
    "UPDATE invoice SET document = '{}'",
    "UPDATE invoice SET status = 'void', total_nano = 1",
    "UPDATE invoice SET status = 'draft'",
    'DELETE FROM invoice',
    'INSERT OR REPLACE INTO invoice SELECT * FROM invoice',
    'UPDATE invoice_part SET invoice_id = NULL',
    'DELETE FROM invoice_part',
    'UPDATE credit_note SET total_nano = 1',
    'DELETE FROM credit_note',
  ]) {
    assert.throws(() => world.database.exec(statement), /immutable|stay/, statement);
  }
});

test('one look makes invoicesPerLookMax drafts; notes and coupons are within their limits', () => {
  using world = new BillingWorld();
  const terms = { ...termsOf([]), recurring: [recurringOf('base', '31', { due: 'in_arrears' })] };
  world.subscribe({ ...terms, period: { unit: 'day', count: 1 } });
  const nowMs = START_MS + (limits.invoicesPerLookMax + 5) * DAY_MS;
  world.turn(nowMs);
  assert.equal(draftAll(world, nowMs), limits.invoicesPerLookMax);
  assert.ok(draftAll(world, nowMs) > 0);
  const [draft] = invoicesOf(world) as [Invoice];
  const { id } = finalise(world, draft.id);
  const note = {
    tenant: TENANT,
    invoiceId: id,
    reason: 'r',
    series: 'CN-',
    nowMs,
    amount: 10n ** 7n,
  };
  const credit = (at: number) =>
    world.transact('creditInvoice', { ...note, id: `crn_${at}`, key: `k${at}` });
  for (let at = 0; at < limits.creditNotesPerInvoiceMax; at++) credit(at);
  assert.throws(() => credit(limits.creditNotesPerInvoiceMax), { code: 'conflict' });
  const nothing = { amount: null, currency: null, count: null, rules: null, createdAtMs: 1 };
  for (let at = 0; at < limits.couponsMax; at++) {
    world.transact('insertCoupon', { id: `cpn_${at}`, name: `C${at}`, percent: '1', ...nothing });
  }
  const more = { id: 'cpn_x', name: 'x', percent: '1', ...nothing };
  assert.throws(() => world.transact('insertCoupon', more), { code: 'conflict' });
  const give = (at: number) =>
    world.transact('giveCoupon', { tenant: TENANT, couponId: `cpn_${at}`, atMs: at });
  for (let at = 0; at < limits.couponsPerTenantMax; at++) give(at);
  assert.throws(() => give(limits.couponsPerTenantMax), { code: 'conflict' });
});

test('invoices are made every invoiceLookMs, by who holds the job', async () => {
  const job = makeInvoices({
    charges: { subscribedTenants: () => Promise.resolve([TENANT]) },
    invoices: { draft: () => Promise.resolve(undefined) },
    seller,
    now: () => 1,
    log: silentLog,
  });
  assert.equal(job.everyMs, limits.invoiceLookMs);
  const fence = { job: job.name, number: 1 };
  await assert.rejects(job.run(fence, new AbortController().signal), { code: 'conflict' });
});
