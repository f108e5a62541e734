import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../../src/kernel/limits.ts';
import { TENANT } from '../../support/billing-world.ts';
import { until } from '../../support/until.ts';
import { ExportWorld } from './export-world.ts';
import type { Fault } from './stand-in.ts';
import {
  CREDENTIAL,
  startLago,
  startOpenMeter,
  startOwn,
  startStripe,
  type VendorStandIn,
} from './vendors.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const kinds: Readonly<Record<string, (now: () => number) => Promise<VendorStandIn>>> = {
  stripe: startStripe,
  openmeter: startOpenMeter,
  lago: () => startLago(),
  'webhook as JSON': () => startOwn('json'),
  'webhook as lines': () => startOwn('ndjson'),
};

const faults: readonly Fault[] = [
  ...(['too_many', 'none', 'cut_after', 'none', 'broken', 'none', 'error_after'] as const),
  ...Array<Fault>(10).fill('none'),
];

describe('exporters', () => {
  for (const [name, start] of Object.entries(kinds)) {
    test(`${name}: every charge has effect once, whatever goes wrong on the way`, async () => {
      await using one = new ExportWorld();
      await using vendor = await start(one.now);
      const id = await one.add(vendor.settings);
      one.charge(130);
      vendor.standIn.faultOf = (request) => faults[request % faults.length] ?? 'none';
      await one.lookToTheEnd(id);
      one.charge(9);
      await one.lookToTheEnd(id);
      await one.check(id, vendor.counted, ['call', 'byte_out']);
    });

    test(`${name}: a gateway that dies before it notes a batch sends it again`, async () => {
      await using one = new ExportWorld();
      await using vendor = await start(one.now);
      const id = await one.add(vendor.settings);
      one.charge(20);
      const dies = () => Promise.reject(new Error('killed'));
      await one.look({ finish: dies, fail: dies }).catch(() => {});
      // What was charged meanwhile is no part of that batch.
      one.charge(3);
      await one.lookToTheEnd(id);
      await one.check(id, vendor.counted, ['call', 'byte_out']);
    });
  }

  test('a vendor is asked again no sooner than it says, and ever later', async () => {
    await using one = new ExportWorld();
    await using vendor = await startOpenMeter();
    const id = await one.add(vendor.settings);
    one.charge(1);
    vendor.standIn.faultOf = (request) => (request === 0 ? 'too_many' : 'broken');
    const startMs = one.clock.nowMs;
    await one.look();
    const first = await one.store.get(TENANT, id);
    assert.equal(first?.nextAtMs, startMs + 7_000);
    assert.match(first?.lastProblem ?? '', /status 429/);
    assert.equal(first?.sending, null, 'it surely has nothing');
    await one.look();
    assert.equal(vendor.standIn.requests, 1);
    for (const [failures, pauseMs] of [
      [2, 2 * limits.exportRetryMsMin],
      [3, 4 * limits.exportRetryMsMin],
    ] as const) {
      one.clock.nowMs = (await one.store.get(TENANT, id))?.nextAtMs ?? 0;
      await one.look();
      const after = await one.store.get(TENANT, id);
      assert.equal(after?.failures, failures);
      assert.equal(after?.nextAtMs, one.clock.nowMs + pauseMs);
    }
    for (let tries = 0; tries < 12; tries++) {
      one.clock.nowMs = (await one.store.get(TENANT, id))?.nextAtMs ?? 0;
      await one.look();
    }
    const last = await one.store.get(TENANT, id);
    assert.equal(last?.nextAtMs, one.clock.nowMs + limits.exportRetryMsMax);
  });

  test('Stripe: what is too old goes to the list, and keeps nothing waiting', async () => {
    await using one = new ExportWorld();
    await using vendor = await startStripe(one.now);
    one.charge(1);
    one.clock.nowMs += 35 * DAY_MS;
    const id = await one.add(vendor.settings);
    one.charge(1);
    await one.lookToTheEnd(id);
    const refused = await one.store.refused(TENANT, id, 9);
    assert.equal(refused.length, 2);
    for (const { reason } of refused) assert.match(reason, /older than 35 days/);
    assert.equal(vendor.counted.ids.size, 2);
  });

  test('Stripe: what may have arrived is not sent again once it may be forgotten', async () => {
    await using one = new ExportWorld();
    await using vendor = await startStripe(one.now);
    const id = await one.add({ ...vendor.settings, codes: { call: 'call' } });
    one.charge(4);
    vendor.standIn.faultOf = (request) => (request < 4 ? 'cut_after' : 'none');
    await one.look();
    assert.equal(vendor.counted.ids.size, 4);
    one.clock.nowMs += 25 * HOUR_MS;
    await one.lookToTheEnd(id);
    assert.deepEqual(new Set(vendor.counted.ids.values()), new Set([1]), 'nothing counts twice');
    const refused = await one.store.refused(TENANT, id, 9);
    assert.equal(refused.length, 4);
    for (const { reason } of refused) assert.match(reason, /may have arrived/);
  });

  test('a credential that is refused for days loses nothing', async () => {
    await using one = new ExportWorld();
    await using vendor = await startStripe(one.now);
    one.credential = 'another-credential';
    const id = await one.add({ ...vendor.settings, codes: { call: 'call' } });
    one.charge(1);
    await one.look();
    assert.match((await one.store.get(TENANT, id))?.lastProblem ?? '', /status 401/);
    one.clock.nowMs += 2 * DAY_MS;
    one.credential = CREDENTIAL;
    await one.lookToTheEnd(id);
    await one.check(id, vendor.counted, ['call']);
  });

  test('Stripe: a charge that is taken back cancels its event while that is possible', async () => {
    await using one = new ExportWorld();
    await using vendor = await startStripe(one.now);
    const id = await one.add({ ...vendor.settings, codes: { call: 'call' } });
    one.charge(2);
    await one.lookToTheEnd(id);
    const [first, second] = one.world.charges().filter(({ unit }) => unit === 'call');
    const takeBack = async (gateKey = ''): Promise<void> => {
      const request = { gateKey, ruleId: 'call', reason: 'by mistake', nowMs: one.clock.nowMs };
      await one.world.stores.charges.void(TENANT, request);
    };
    await takeBack(first?.gateKey);
    vendor.standIn.faultOf = (request) => (request === 2 ? 'cut_after' : 'none');
    await one.lookToTheEnd(id);
    assert.deepEqual(vendor.counted.values.get('call'), ['1', '1', '-1']);
    assert.deepEqual(await one.store.refused(TENANT, id, 9), []);
    one.clock.nowMs += DAY_MS;
    await takeBack(second?.gateKey);
    await one.lookToTheEnd(id);
    const [late] = await one.store.refused(TENANT, id, 9);
    assert.match(late?.reason ?? '', /older than 24 hours/);
  });

  test('Lago: one event at fault keeps none of its batch waiting', async () => {
    await using one = new ExportWorld();
    await using vendor = await startLago('unknown');
    const codes = { call: 'call', bytes: 'unknown' };
    const id = await one.add({ ...vendor.settings, codes });
    one.charge(5);
    await one.lookToTheEnd(id);
    assert.equal(vendor.counted.values.get('call')?.length, 5);
    const refused = await one.store.refused(TENANT, id, 9);
    assert.equal(refused.length, 5);
    assert.match(refused[0]?.reason ?? '', /metric_not_found/);
    assert.equal((await one.store.get(TENANT, id))?.exported, 5);
  });

  test('a batch that is refused without a reason is halved to the event at fault', async () => {
    await using one = new ExportWorld();
    await using vendor = await startOpenMeter();
    const settings = { ...vendor.settings, codes: { call: 'call' } };
    const id = await one.add(settings);
    one.charge(6);
    one.world.tamper(`UPDATE charge SET quantity = 'NaN' WHERE rule_id = 'call'
      AND gate_key = (SELECT max(gate_key) FROM charge)`);
    await one.lookToTheEnd(id);
    assert.equal(vendor.counted.ids.size, 5);
    const [refused, ...rest] = await one.store.refused(TENANT, id, 9);
    assert.deepEqual(rest, []);
    assert.match(refused?.reason ?? '', /no decimal number/);
  });

  test('from now on is from now on; what is not named is not sent', async () => {
    await using one = new ExportWorld();
    await using vendor = await startOwn('json');
    one.charge(3);
    const id = await one.add({ ...vendor.settings, codes: { byte_out: 'bytes' } }, 'now');
    one.charge(2);
    await one.lookToTheEnd(id);
    assert.deepEqual(vendor.counted.values, new Map([['bytes', ['20', '20']]]));
    const { exported, skipped } = (await one.store.get(TENANT, id)) ?? {};
    assert.deepEqual([exported, skipped], [2, 2]);
  });

  test('exportersAtOnceMax exporters work at once, the next one when one is done', async () => {
    await using one = new ExportWorld();
    const gate = Promise.withResolvers<never>();
    const most = limits.exportersAtOnceMax;
    for (let made = 0; made <= most; made++) {
      const settings = { kind: 'lago', url: 'https://lago.example', subscription: 's' } as const;
      await one.add(settings, 'now', `exporter ${made}`);
    }
    let reads = 0;
    const looking = one.look({
      charges: () => {
        reads++;
        return gate.promise;
      },
    });
    await until(() => reads === most);
    gate.reject(new Error('over'));
    await looking;
    assert.equal(reads, most + 1);
  });

  test('one that does not answer keeps no other waiting', async () => {
    await using one = new ExportWorld();
    await using vendor = await startOpenMeter();
    const nowhere = 'http://10.255.255.1:9';
    await one.add({ kind: 'lago', url: nowhere, subscription: 's' });
    const id = await one.add(vendor.settings);
    one.charge(3);
    await one.look();
    await one.check(id, vendor.counted, ['call', 'byte_out']);
    const [lago] = (await one.store.list(TENANT)).filter(({ name }) => name === 'lago');
    assert.match(lago?.lastProblem ?? '', /egress_denied/);
  });
});
