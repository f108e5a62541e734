import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../src/kernel/limits.ts';
import type { Fence } from '../../../src/kernel/fence.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import {
  outboxEventOf,
  TEST_TOPIC,
  type NewEvent,
  type WebhookEndpoint,
} from '../../../src/webhooks/store.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

const endpointOf = (id: string, changes: Partial<WebhookEndpoint> = {}): WebhookEndpoint => ({
  id,
  url: `https://receiver.example/${id}`,
  description: '',
  topics: ['*'],
  enabled: true,
  previousUntilMs: null,
  createdAtMs: 1,
  updatedAtMs: 1,
  version: 1,
  ...changes,
});

const eventAt = (atMs: number, changes: Partial<NewEvent> = {}): NewEvent => ({
  topic: 'period.closed',
  purpose: [String(atMs)],
  atMs,
  data: { amount: '0.1' },
  ...changes,
});

const idOf = (event: NewEvent, tenant = A): string => outboxEventOf(tenant, event).id;

async function fenceOf(storage: Storage): Promise<Fence> {
  const lease = await storage.leases.acquire('webhooks.deliver', 'node1', 60_000);
  assert.ok(lease);
  return lease;
}

/** What endpoints and outboxes must do on every engine. */
export function webhookContract(open: OpenEmpty): void {
  endpointContract(open);
  outboxContract(open);
  sendingContract(open);
  sweepContract(open);
}

function endpointContract(open: OpenEmpty): void {
  test('webhook endpoints are kept with their secrets, and go with them', async (t) => {
    const { webhooks, vault } = await openWithTenants(open, t);
    await webhooks.insert(A, endpointOf('wep_1'), 'sealed');
    const row = { tenant: A, owner: 'webhook', serviceId: 'wep_1', name: 'current' } as const;
    assert.equal(await vault.get(row), 'sealed');
    assert.deepEqual(await webhooks.endpoints(A), [endpointOf('wep_1')]);
    assert.equal(await webhooks.endpoint(B, 'wep_1'), undefined);
    const update = {
      enabled: false,
      topics: ['credit.low'],
      updatedAtMs: 5,
      ifVersion: 1,
    } as const;
    const changed = await webhooks.update(A, 'wep_1', update);
    const { ifVersion: _, ...said } = update;
    assert.deepEqual(changed, { ...endpointOf('wep_1'), ...said, version: 2 });
    assert.deepEqual(await webhooks.endpoint(A, 'wep_1'), changed);
    await assert.rejects(webhooks.update(A, 'wep_1', update), { code: 'conflict' });
    assert.equal(await webhooks.update(B, 'wep_1', update), undefined);
    const rotation = { sealed: 'new', sealedPrevious: 'old', previousUntilMs: 99, updatedAtMs: 6 };
    const rotated = await webhooks.rotate(A, 'wep_1', { ...rotation, ifVersion: undefined });
    assert.equal(rotated?.previousUntilMs, 99);
    assert.equal(await vault.get(row), 'new');
    assert.equal(await vault.get({ ...row, name: 'previous' }), 'old');
    await webhooks.add(A, eventAt(7), 'wep_1');
    assert.equal(await webhooks.delete(B, 'wep_1', undefined), false);
    await assert.rejects(webhooks.delete(A, 'wep_1', 1), { code: 'conflict' });
    assert.equal(await webhooks.delete(A, 'wep_1', 3), true);
    assert.equal(await vault.get(row), undefined);
    assert.equal(await webhooks.event(A, idOf(eventAt(7))), undefined);
  });

  test('a tenant has so many endpoints and no more', async (t) => {
    const { webhooks } = await openWithTenants(open, t);
    for (let count = 0; count < limits.webhookEndpointsPerTenantMax; count++) {
      await webhooks.insert(A, endpointOf(`wep_${count}`), 'sealed');
    }
    await assert.rejects(webhooks.insert(A, endpointOf('wep_x'), 'sealed'), { code: 'conflict' });
    await webhooks.insert(B, endpointOf('wep_x'), 'sealed');
  });
}

function outboxContract(open: OpenEmpty): void {
  test('an event goes to who wants it, once', async (t) => {
    const { webhooks } = await openWithTenants(open, t);
    await webhooks.insert(A, endpointOf('wep_all'), 's');
    await webhooks.insert(A, endpointOf('wep_off', { enabled: false }), 's');
    await webhooks.insert(A, endpointOf('wep_other', { topics: ['credit.low'] }), 's');
    await webhooks.insert(B, endpointOf('wep_b'), 's');
    await webhooks.add(A, eventAt(5));
    await webhooks.add(A, eventAt(5));
    const places = await webhooks.duePlaces(5);
    assert.deepEqual(places, [{ tenant: A, endpointId: 'wep_all' }]);
    assert.deepEqual(await webhooks.duePlaces(4), []);
    const { id, body } = outboxEventOf(A, eventAt(5));
    const url = endpointOf('wep_all').url;
    const due = { eventId: id, attempts: 0, body, url, previousUntilMs: null };
    assert.deepEqual(await webhooks.due({ tenant: A, endpointId: 'wep_all' }, 5, 9), [due]);
    assert.deepEqual(await webhooks.event(A, id), outboxEventOf(A, eventAt(5)));
    assert.equal(await webhooks.event(B, id), undefined);
    await webhooks.add(A, eventAt(6, { topic: TEST_TOPIC }), 'wep_other');
    assert.equal((await webhooks.deliveries(A, 'wep_other', { rowsMax: 9 })).length, 1);
    assert.equal((await webhooks.deliveries(A, 'wep_all', { rowsMax: 9 })).length, 1);
    // Of nobody's interest: nothing is kept.
    await webhooks.delete(A, 'wep_all', undefined);
    await webhooks.add(A, eventAt(8));
    assert.equal(await webhooks.event(A, idOf(eventAt(8))), undefined);
  });
}

function sendingContract(open: OpenEmpty): void {
  test('tries are noted by the holder of the job alone; what ended is sent again', async (t) => {
    const storage = await openWithTenants(open, t);
    const { webhooks } = storage;
    const fence = await fenceOf(storage);
    await webhooks.insert(A, endpointOf('wep_1'), 's');
    for (const atMs of [1, 2, 3]) await webhooks.add(A, eventAt(atMs));
    const place = { tenant: A, endpointId: 'wep_1' };
    const tried = (atMs: number, state: 'waiting' | 'delivered' | 'dead', nextAtMs: number) => {
      const said = { status: 500, problem: 'said no', atMs: 10, nextAtMs };
      return { ...place, eventId: idOf(eventAt(atMs)), state, attempts: 1, ...said };
    };
    const tries = [tried(1, 'delivered', 0), tried(2, 'dead', 0), tried(3, 'waiting', 50)];
    assert.equal(await webhooks.note(tries, { ...fence, number: fence.number + 1 }), false);
    assert.equal((await webhooks.due(place, 10, 9)).length, 3);
    assert.equal(await webhooks.note(tries, fence), true);
    assert.equal((await webhooks.due(place, 10, 9)).length, 0);
    assert.equal((await webhooks.due(place, 50, 9)).length, 1);
    const [last] = await webhooks.deliveries(A, 'wep_1', { rowsMax: 1 });
    assert.deepEqual(last, {
      endpointId: 'wep_1',
      eventId: idOf(eventAt(3)),
      topic: 'period.closed',
      state: 'waiting',
      attempts: 1,
      nextAtMs: 50,
      lastAtMs: 10,
      lastStatus: 500,
      lastProblem: 'said no',
      createdAtMs: 3,
    });
    const rest = await webhooks.deliveries(A, 'wep_1', { before: last, rowsMax: 9 });
    assert.deepEqual(
      rest.map(({ createdAtMs }) => createdAtMs),
      [2, 1],
    );
    const dead = await webhooks.deliveries(A, 'wep_1', { state: 'dead', rowsMax: 9 });
    assert.deepEqual(
      dead.map(({ eventId }) => eventId),
      [idOf(eventAt(2))],
    );
    const again = { sinceMs: 1, state: 'dead', nowMs: 11 } as const;
    assert.equal(await webhooks.replay(B, 'wep_1', again), 0);
    assert.equal(await webhooks.replay(A, 'wep_1', again), 1);
    const [second] = await webhooks.due(place, 11, 9);
    assert.deepEqual([second?.eventId, second?.attempts], [idOf(eventAt(2)), 0]);
    assert.equal(await webhooks.replay(A, 'wep_1', { sinceMs: 2, nowMs: 12 }), 0);
    assert.equal(await webhooks.replay(A, 'wep_1', { sinceMs: 1, nowMs: 12 }), 1);
    const named = { eventIds: [idOf(eventAt(3)), 'evt_none'], nowMs: 12 };
    assert.equal(await webhooks.replay(A, 'wep_1', named), 1);
    assert.equal((await webhooks.due(place, 12, 9)).length, 3);
  });
}

function sweepContract(open: OpenEmpty): void {
  test('what ended is let go after its time, an event with its last delivery', async (t) => {
    const storage = await openWithTenants(open, t);
    const { webhooks } = storage;
    const fence = await fenceOf(storage);
    await webhooks.insert(A, endpointOf('wep_1'), 's');
    await webhooks.insert(A, endpointOf('wep_2'), 's');
    await webhooks.add(A, eventAt(1));
    const eventId = idOf(eventAt(1));
    const rest = { tenant: A, eventId, attempts: 1, nextAtMs: 0, status: 200, problem: null };
    const ended = (endpointId: string, state: 'delivered' | 'dead', atMs: number) => {
      return { ...rest, endpointId, state, atMs };
    };
    await webhooks.note([ended('wep_1', 'delivered', 10), ended('wep_2', 'dead', 10)], fence);
    const sweep = { deliveredBeforeMs: 11, deadBeforeMs: 10, rowsMax: 9 };
    assert.equal(await webhooks.sweep(sweep, { ...fence, number: 0 }), undefined);
    assert.equal(await webhooks.sweep(sweep, fence), false);
    assert.equal((await webhooks.deliveries(A, 'wep_1', { rowsMax: 9 })).length, 0);
    assert.ok(await webhooks.event(A, eventId));
    assert.equal(await webhooks.sweep({ ...sweep, deadBeforeMs: 11, rowsMax: 1 }, fence), true);
    assert.equal(await webhooks.event(A, eventId), undefined);
  });
}
