import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TENANT } from '../../support/billing-world.ts';
import { ExportWorld } from './export-world.ts';
import { startLago, startOpenMeter, startStripe } from './vendors.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Four calls that Lago refuses, for it does not know their code yet. */
async function refusedByLago(one: ExportWorld, url: string): Promise<string> {
  const settings = { kind: 'lago', url, subscription: 'sub-1' } as const;
  const id = await one.add({ ...settings, codes: { call: 'unknown' } });
  one.charge(4);
  await one.lookToTheEnd(id);
  assert.equal((await one.store.refused(TENANT, id, 9)).length, 4);
  return id;
}

const ask = async (one: ExportWorld, id: string, events: readonly string[] | null = null) =>
  await one.store.retry(TENANT, id, events, one.clock.nowMs);

test('what a vendor refused is sent once more under its old id, before all others', async () => {
  await using one = new ExportWorld();
  await using vendor = await startLago('unknown');
  const id = await refusedByLago(one, vendor.standIn.url);
  const before = await one.store.refused(TENANT, id, 9);
  const [first] = before;
  assert.equal(await ask(one, id, [first?.eventId ?? '', 'chg_other']), 1);
  assert.equal(await ask(one, id, [first?.eventId ?? '']), 0, 'it is marked already');
  await one.look();
  const again = await one.store.refused(TENANT, id, 9);
  assert.deepEqual(new Set(again.map((row) => row.retryAtMs)), new Set([null]));
  assert.equal(vendor.counted.ids.size, 0, 'it is refused still');
  await one.store.update(TENANT, id, {
    settings: {
      kind: 'lago',
      url: vendor.standIn.url,
      subscription: 'sub-1',
      codes: { call: 'c' },
    },
    updatedAtMs: one.clock.nowMs,
    ifVersion: undefined,
  });
  one.charge(2);
  assert.equal(await ask(one, id), 4);
  await one.lookToTheEnd(id);
  const old = before.map(({ eventId }) => eventId).toSorted();
  const arrived = [...vendor.counted.ids.keys()];
  assert.deepEqual(arrived.slice(0, 4).toSorted(), old, 'what was refused came first');
  assert.equal(arrived.length, 6);
  assert.deepEqual(await one.store.refused(TENANT, id, 9), []);
  assert.equal((await one.store.get(TENANT, id))?.exported, 6);
});

test('a retry that is cut off is done again, and counts once', async () => {
  await using one = new ExportWorld();
  await using vendor = await startOpenMeter();
  const id = await one.add({ ...vendor.settings, codes: { call: 'call' } });
  one.charge(3);
  one.world.tamper(`UPDATE charge SET quantity = 'NaN' WHERE rule_id = 'call'`);
  await one.lookToTheEnd(id);
  one.world.tamper(`UPDATE charge SET quantity = '1' WHERE rule_id = 'call'`);
  await ask(one, id);
  vendor.standIn.faultOf = (request) => (request === 0 ? 'cut_after' : 'none');
  await one.look();
  const waiting = await one.store.refused(TENANT, id, 9);
  assert.deepEqual(new Set(waiting.map(({ sinceMs }) => sinceMs)), new Set([one.clock.nowMs]));
  // The gateway dies after the vendor took them and before it is noted.
  one.clock.nowMs = (await one.store.get(TENANT, id))?.nextAtMs ?? 0;
  const dies = () => Promise.reject(new Error('killed'));
  await one.look({ endRetries: dies, fail: dies }).catch(() => {});
  await one.look();
  assert.deepEqual([...vendor.counted.ids.values()], [1, 1, 1]);
  assert.deepEqual(await one.store.refused(TENANT, id, 9), []);
  assert.equal((await one.store.get(TENANT, id))?.exported, 3);
});

test('what may have arrived is not sent once more when the vendor may have forgotten', async () => {
  await using one = new ExportWorld();
  await using vendor = await startStripe(one.now);
  const id = await one.add({ ...vendor.settings, codes: { call: 'call' } });
  one.charge(4);
  vendor.standIn.faultOf = (request) => (request < 4 ? 'cut_after' : 'none');
  await one.look();
  one.clock.nowMs += 25 * HOUR_MS;
  await one.lookToTheEnd(id);
  assert.equal(await ask(one, id), 4);
  const { requests } = vendor.standIn;
  await one.look();
  assert.equal(vendor.standIn.requests, requests, 'nothing left');
  const said = await one.store.refused(TENANT, id, 9);
  assert.equal(said.length, 4);
  for (const { reason, retryAtMs } of said) {
    assert.match(reason, /may have arrived/);
    assert.equal(retryAtMs, null);
  }
  assert.deepEqual([...vendor.counted.ids.values()], [1, 1, 1, 1]);
});

test('what surely did not arrive may be sent however late, also after a day of 429', async () => {
  await using one = new ExportWorld();
  await using vendor = await startStripe(one.now);
  const { url } = vendor.standIn;
  const wanted = { kind: 'stripe', customer: 'cus_1', url, codes: { call: 'call' } } as const;
  const id = await one.add({ ...wanted, customer: 'cus_0' });
  one.charge(1);
  await one.lookToTheEnd(id);
  assert.match((await one.store.refused(TENANT, id, 9))[0]?.reason ?? '', /No customer/);
  const update = { settings: wanted, updatedAtMs: one.clock.nowMs, ifVersion: undefined };
  await one.store.update(TENANT, id, update);
  await ask(one, id);
  const { requests } = vendor.standIn;
  vendor.standIn.faultOf = (request) => (request === requests ? 'too_many' : 'none');
  await one.look();
  const [row] = await one.store.refused(TENANT, id, 9);
  assert.deepEqual([row?.sinceMs, row?.retryAtMs], [null, one.clock.nowMs]);
  one.clock.nowMs += 2 * DAY_MS;
  await one.look();
  assert.deepEqual([...vendor.counted.ids.values()], [1]);
  assert.deepEqual(await one.store.refused(TENANT, id, 9), []);
});
