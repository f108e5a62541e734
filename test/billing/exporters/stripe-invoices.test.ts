import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportedInvoiceId } from '../../../src/billing/export/exported-document.ts';
import { ruleOf, START_MS, TENANT, termsOf } from '../../support/billing-world.ts';
import {
  CLOSED_MS,
  draftAll,
  finalise,
  invoicesOf,
  recurringOf,
} from '../../support/invoice-world.ts';
import { ExportWorld } from './export-world.ts';
import type { Fault } from './stand-in.ts';
import { startInvoicing, type InvoicingStandIn } from './stripe-invoicing.ts';

const HOUR_MS = 3_600_000;

/** A month with a base fee and usage, both of its invoices final. */
function invoiced(currency = 'USD', base = '20'): ExportWorld {
  const terms = {
    ...termsOf([ruleOf('call', 'call', { model: 'unit', unitAmount: '0.335' })]),
    currency,
    recurring: [recurringOf('base', base)],
  };
  const one = new ExportWorld(terms);
  one.charge(3);
  one.world.turn(START_MS);
  draftAll(one.world, START_MS);
  one.world.turn(CLOSED_MS);
  draftAll(one.world, CLOSED_MS);
  for (const { id } of invoicesOf(one.world)) finalise(one.world, id);
  one.clock.nowMs = CLOSED_MS + 1;
  return one;
}

const totalsOf = (there: InvoicingStandIn): ReadonlySet<bigint> =>
  new Set(there.invoices.map(({ id }) => there.totalOf(id)));

/** Looks at the times that the exporter waits for, until nothing is on its way. */
async function lookUntilSent(one: ExportWorld, id: string): Promise<number> {
  for (let looks = 1; looks < 400; looks++) {
    await one.look();
    if ((await one.store.dueInvoices(TENANT, id, 1)).length === 0) return looks;
    one.clock.nowMs = Math.max(one.clock.nowMs, (await one.store.get(TENANT, id))?.nextAtMs ?? 0);
  }
  assert.fail('it never came to an end');
}

/** Each invoice is there once, with its lines in their order, and final. */
function check(one: ExportWorld, there: InvoicingStandIn, digits = 2): void {
  const wanted = invoicesOf(one.world).map(({ id, document: { lines, totals } }) => ({
    mark: exportedInvoiceId(TENANT, id),
    lines: lines.filter(({ printed }) => !/^[0.]+$/.test(printed)).map(({ title }) => title),
    total: BigInt(totals.total.replace('.', '')) * 10n ** BigInt(digits - 2),
  }));
  const found = there.invoices.map(({ id, metadata }) => ({
    mark: metadata['mcp_gateway_invoice'],
    lines: there.items.filter(({ invoice }) => invoice === id).map(({ title }) => title),
    total: there.totalOf(id),
  }));
  const sorted = (all: readonly { readonly mark: string | undefined }[]) =>
    all.toSorted((left, right) => ((left.mark ?? '') < (right.mark ?? '') ? -1 : 1));
  assert.deepEqual(sorted(found), sorted(wanted));
  for (const { status } of there.invoices) assert.equal(status, 'open');
}

test('final invoices are in Stripe once, to the cent, and then final', async () => {
  await using one = invoiced();
  await using there = await startInvoicing(one.now);
  const id = await one.add(there.settings);
  assert.equal(await lookUntilSent(one, id), 1);
  check(one, there);
  const [first] = there.invoices;
  assert.deepEqual(
    [first?.dueDays, first?.currency, first?.collection],
    ['30', 'usd', 'send_invoice'],
  );
  const rows = await one.store.invoices(TENANT, id, 9);
  assert.deepEqual(new Set(rows.map(({ state }) => state)), new Set(['sent']));
  assert.deepEqual(new Set(rows.map(({ vendorId }) => vendorId)), new Set(['in_1', 'in_2']));
  const { exported, failures } = (await one.store.get(TENANT, id)) ?? {};
  assert.deepEqual([exported, failures], [2, 0]);
  const { requests } = there.standIn;
  await one.look();
  assert.equal(there.standIn.requests, requests, 'nothing is left to be said');
});

test('whatever is cut off or broken at any request: each is there once', async () => {
  const kinds: readonly Fault[] = ['too_many', 'broken', 'error_after', 'cut_after'];
  for (let at = 0; at < 14; at++) {
    await using one = invoiced();
    await using there = await startInvoicing(one.now);
    const id = await one.add(there.settings);
    there.standIn.faultOf = (request) =>
      request === at || request === at + 3 ? (kinds[at % kinds.length] ?? 'none') : 'none';
    await lookUntilSent(one, id);
    check(one, there);
    assert.equal((await one.store.get(TENANT, id))?.exported, 2);
  }
});

test('a gateway that dies at any request, and comes back days later, doubles nothing', async () => {
  for (let at = 0; at < 14; at += 1) {
    await using one = invoiced();
    await using there = await startInvoicing(one.now);
    const id = await one.add(there.settings);
    there.standIn.faultOf = (request) => (request === at ? 'cut_after' : 'none');
    const dies = () => Promise.reject(new Error('killed'));
    await one.look({ endInvoice: dies, fail: dies }).catch(() => {});
    // Its keys are forgotten by then.
    one.clock.nowMs += 50 * HOUR_MS;
    await lookUntilSent(one, id);
    check(one, there);
  }
});

test('an error that Stripe stored under a key keeps no other waiting, nor lasts', async () => {
  await using one = invoiced();
  await using there = await startInvoicing(one.now);
  const id = await one.add(there.settings);
  there.breakNext = true;
  const startMs = one.clock.nowMs;
  await one.look();
  assert.match((await one.store.get(TENANT, id))?.lastProblem ?? '', /status 500/);
  one.clock.nowMs = (await one.store.get(TENANT, id))?.nextAtMs ?? 0;
  await one.look();
  assert.equal(there.invoices.length, 1, 'the other one is there');
  await lookUntilSent(one, id);
  check(one, there);
  assert.ok(one.clock.nowMs - startMs >= 24 * HOUR_MS, 'the key was not changed meanwhile');
});

test('what is refused is on a list with its reason, and sent when somebody asks', async () => {
  await using one = invoiced();
  await using there = await startInvoicing(one.now, { customer: 'cus_0' });
  const id = await one.add(there.settings);
  await one.look();
  const [row] = await one.store.invoices(TENANT, id, 9);
  assert.equal(row?.state, 'refused');
  assert.match(row?.reason ?? '', /No such customer/);
  const settings = { ...there.settings, customer: 'cus_1' };
  const update = { settings, updatedAtMs: one.clock.nowMs, ifVersion: undefined };
  await one.store.update(TENANT, id, update);
  assert.equal(await one.store.retry(TENANT, id, null, one.clock.nowMs), 2);
  await one.look();
  for (const { reason } of await one.store.invoices(TENANT, id, 9)) {
    assert.match(reason ?? '', /begun for the customer cus_0/);
  }
  assert.equal(there.invoices.length, 0);
});

test('one that people changed there is left as it is', async () => {
  await using one = invoiced();
  await using there = await startInvoicing(one.now, { finalise: false });
  const id = await one.add(there.settings);
  there.standIn.faultOf = (request) => (request === 3 ? 'cut_after' : 'none');
  await one.look();
  const [draft] = there.invoices;
  assert.equal(draft?.status, 'draft');
  there.items.push({ id: 'ii_x', invoice: draft.id, title: 'extra', amount: 5n, metadata: {} });
  draft.status = 'open';
  const before = there.items.length;
  await lookUntilSent(one, id);
  const rows = await one.store.invoices(TENANT, id, 9);
  const refused = rows.filter(({ state }) => state === 'refused');
  assert.equal(refused.length, 1);
  assert.match(refused[0]?.reason ?? '', /with a total of/);
  const added = there.items.slice(before).filter(({ invoice }) => invoice === draft.id);
  assert.deepEqual(added, [], 'what is final there is not written to');
});

test('currencies that Stripe counts otherwise come in its units', async () => {
  await using one = invoiced('KWD', '20.125');
  await using there = await startInvoicing(one.now);
  const id = await one.add(there.settings);
  await lookUntilSent(one, id);
  assert.deepEqual(totalsOf(there), new Set([20_125n, 21_130n]));
  await using isk = invoiced('ISK', '500');
  await using other = await startInvoicing(isk.now);
  await lookUntilSent(isk, await isk.add(other.settings));
  assert.deepEqual(totalsOf(other), new Set([50_000n, 50_100n]));
  await using mga = invoiced('MGA', '20.50');
  await using third = await startInvoicing(mga.now);
  const refusing = await mga.add(third.settings);
  await lookUntilSent(mga, refusing);
  assert.match((await mga.store.invoices(TENANT, refusing, 9))[0]?.reason ?? '', /no whole number/);
});

test('from now on is from now on; drafts stay here; a void one is not sent', async () => {
  await using one = invoiced();
  await using there = await startInvoicing(one.now);
  const late = await one.add(there.settings, 'now', 'late');
  assert.deepEqual(await one.store.dueInvoices(TENANT, late, 9), []);
  const [first] = invoicesOf(one.world);
  assert.ok(first);
  const voided = { tenant: TENANT, id: first.id, reason: 'wrong', nowMs: one.clock.nowMs };
  one.world.transact('voidInvoice', voided);
  const id = await one.add(there.settings, 'beginning', 'early');
  await lookUntilSent(one, id);
  assert.equal(there.invoices.length, 1);
});
