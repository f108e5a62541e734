import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../../../test/support/until.ts';
import type { EgressRequest, EgressResponse } from '../../kernel/egress.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import { tenantId } from '../../kernel/principal.ts';
import type { DeliveryTry, DuePlace } from '../store.ts';
import { Deliverer } from './deliverer.ts';

const fence = { job: 'webhooks.deliver', number: 1 };
const { signal } = new AbortController();
const placeOf = (tenant: string, endpointId: string): DuePlace => {
  return { tenant: tenantId(tenant), endpointId };
};
const answer = (status: number, headers = {}): EgressResponse =>
  ({ status, headers, discard: () => {} }) as unknown as EgressResponse;

/** A store in memory, and receivers that answer as `answers` says. */
function makeWorld(answers: (request: EgressRequest) => Promise<EgressResponse>) {
  const waiting = new Map<DuePlace, Map<string, { attempts: number; nextAtMs: number }>>();
  const tries: DeliveryTry[] = [];
  const sent: EgressRequest[] = [];
  const clock = { nowMs: 1_000_000 };
  const failing = { notes: 0 };
  const dueOf = (place: DuePlace) => {
    const [, all] = [...waiting].find(([one]) => one.endpointId === place.endpointId) ?? [];
    return [...(all ?? [])].filter(([, { nextAtMs }]) => nextAtMs <= clock.nowMs);
  };
  const deliverer = new Deliverer({
    store: {
      duePlaces: () =>
        Promise.resolve([...waiting.keys()].filter((place) => dueOf(place).length > 0)),
      due: (place, _nowMs, rowsMax) =>
        Promise.resolve(
          dueOf(place)
            .slice(0, rowsMax)
            .map(([eventId, { attempts }]) => {
              const url = `https://receiver/${place.endpointId}`;
              return { eventId, attempts, body: '{}', url, previousUntilMs: null };
            }),
        ),
      note: (some) => {
        if (failing.notes-- > 0) return Promise.reject(new Error('no database'));
        for (const one of some) {
          tries.push(one);
          const [, all] = [...waiting].find(([p]) => p.endpointId === one.endpointId) ?? [];
          if (one.state === 'waiting') all?.set(one.eventId, one);
          else all?.delete(one.eventId);
        }
        return Promise.resolve(true);
      },
    },
    vault: { read: () => Promise.resolve('whsec_c2VjcmV0') },
    egress: {
      request: (request) => {
        sent.push(request);
        return answers(request);
      },
    },
    log: silentLog,
    now: () => clock.nowMs,
    chance: () => 0.5,
  });
  const add = (place: DuePlace, count: number): void => {
    const names = Array.from({ length: count }, (_, index) => `evt_${place.endpointId}_${index}`);
    waiting.set(place, new Map(names.map((name) => [name, { attempts: 0, nextAtMs: 0 }])));
  };
  const look = () => deliverer.look(fence, signal);
  const sentTo = (endpointId: string) => sent.filter(({ url }) => url.endsWith(`/${endpointId}`));
  return { deliverer, add, look, tries, sent, sentTo, clock, failing };
}

test('endpoints that hang delay nobody else, of their own tenant either', async () => {
  const hanging = new Promise<never>(() => {});
  const world = makeWorld(({ url }) =>
    url.endsWith('/dead') ? hanging : Promise.resolve(answer(204)),
  );
  world.add(placeOf('ten_a', 'dead'), 100);
  world.add(placeOf('ten_a', 'well'), 20);
  world.add(placeOf('ten_b', 'other'), 20);
  for (let round = 0; round < 30; round++) {
    await world.look();
    await wait(1);
  }
  assert.equal(world.sentTo('dead').length, limits.webhookSendsPerEndpointMax);
  assert.equal(world.sentTo('well').length, 20);
  assert.equal(world.sentTo('other').length, 20);
  assert.equal(new Set(world.tries.map(({ eventId }) => eventId)).size, 40);
});

test('a tenant and all of them have so many tries at once', async () => {
  const gate = Promise.withResolvers<EgressResponse>();
  const world = makeWorld(() => gate.promise);
  const tenants = Math.ceil(limits.webhookSendsMax / limits.webhookSendsPerTenantMax) + 1;
  for (let tenant = 0; tenant < tenants; tenant++) {
    for (let one = 0; one < 5; one++) world.add(placeOf(`ten_${tenant}`, `e${tenant}x${one}`), 9);
  }
  await world.look();
  await until(() => world.sent.length === limits.webhookSendsMax);
  await world.look();
  assert.equal(world.sent.length, limits.webhookSendsMax);
  const first = world.sent.filter(({ url }) => url.includes('/e0x'));
  assert.equal(first.length, limits.webhookSendsPerTenantMax);
  gate.resolve(answer(200));
});

test('what fails takes fewer places than there are', async () => {
  let isDown = true;
  const world = makeWorld(() =>
    isDown
      ? Promise.reject(new GatewayError('upstream_unavailable'))
      : new Promise<never>(() => {}),
  );
  const dead = limits.webhookSickSendsMax + 10;
  for (let one = 0; one < dead; one++) world.add(placeOf(`ten_${one}`, `dead${one}`), 2);
  await world.look();
  await until(() => world.tries.length >= dead);
  await wait(20);
  isDown = false;
  world.clock.nowMs += 86_400_000;
  const before = world.sent.length;
  await world.look();
  await wait(20);
  assert.equal(world.sent.length - before, limits.webhookSickSendsMax);
});

test('a refusal is tried again, as late as the receiver asks, and given up at last', async () => {
  let status = 429;
  const world = makeWorld(() => Promise.resolve(answer(status, { 'retry-after': '600' })));
  world.add(placeOf('ten_a', 'one'), 1);
  await world.look();
  await until(() => world.tries.length === 1);
  const [first] = world.tries;
  assert.deepEqual(
    [first?.state, first?.status, first?.attempts, first?.nextAtMs],
    ['waiting', 429, 1, world.clock.nowMs + 600_000],
  );
  assert.match(first?.problem ?? '', /status 429/);
  status = 500;
  for (let tried = 2; tried <= limits.webhookTriesMax; tried++) {
    world.clock.nowMs += 86_400_000;
    await world.look();
    await until(() => world.tries.length === tried);
    await wait(1);
  }
  assert.equal(world.tries.at(-1)?.state, 'dead');
  world.clock.nowMs += 86_400_000;
  await world.look();
  assert.equal(world.sent.length, limits.webhookTriesMax);
});

test('what could not be noted is sent again, under the same id, after a pause', async () => {
  const world = makeWorld(() => Promise.resolve(answer(200)));
  world.add(placeOf('ten_a', 'one'), 1);
  world.failing.notes = 1;
  let rooms = 0;
  world.deliverer.onRoom = () => void rooms++;
  await world.look();
  await wait(20);
  await world.look();
  assert.equal(world.sent.length, 1, 'not while it waits');
  await until(() => rooms === 1);
  await world.look();
  await until(() => world.tries.length === 1);
  assert.equal(world.sent.length, 2);
  const ids = world.sent.map(({ headers }) => headers['webhook-id']);
  assert.equal(new Set(ids).size, 1);
});

test('what is under way when the gateway stops is waited for and noted', async () => {
  const gate = Promise.withResolvers<EgressResponse>();
  const world = makeWorld(() => gate.promise);
  world.add(placeOf('ten_a', 'one'), 9);
  await world.look();
  await until(() => world.sent.length === limits.webhookSendsPerEndpointMax);
  const stopped = world.deliverer[Symbol.asyncDispose]();
  gate.resolve(answer(200));
  await stopped;
  assert.equal(world.tries.length, limits.webhookSendsPerEndpointMax);
  await world.look();
  assert.equal(world.sent.length, limits.webhookSendsPerEndpointMax);
});

test('a try that is noted while what is due is read is not made again', async () => {
  const place = placeOf('ten_a', 'whe_1');
  const waiting = new Set(['evt_1', 'evt_2']);
  const sent: string[] = [];
  const first = Promise.withResolvers<EgressResponse>();
  let reading = Promise.resolve();
  await using deliverer = new Deliverer({
    store: {
      duePlaces: () => Promise.resolve(waiting.size === 0 ? [] : [place]),
      due: async (_place, _nowMs, rowsMax) => {
        const read = [...waiting].slice(0, rowsMax);
        await reading;
        const url = 'https://receiver/';
        return read.map((eventId) => {
          return { eventId, attempts: 0, body: '{}', url, previousUntilMs: null };
        });
      },
      note: (some) => {
        for (const { eventId } of some) waiting.delete(eventId);
        return Promise.resolve(true);
      },
    },
    vault: { read: () => Promise.resolve('whsec_c2VjcmV0') },
    egress: {
      request: ({ headers }) => {
        sent.push(String(headers['webhook-id']));
        return sent.length === 1 ? first.promise : Promise.resolve(answer(200));
      },
    },
    now: () => 1_000_000,
    chance: () => 0.5,
    log: silentLog,
  });
  waiting.delete('evt_2');
  await deliverer.look(fence, signal);
  await until(() => sent.length === 1);
  waiting.add('evt_2');
  const slow = Promise.withResolvers<void>();
  reading = slow.promise;
  const looking = deliverer.look(fence, signal);
  first.resolve(answer(200));
  await until(() => !waiting.has('evt_1'));
  slow.resolve();
  await looking;
  await until(() => waiting.size === 0);
  assert.deepEqual(sent, ['evt_1', 'evt_2']);
});
