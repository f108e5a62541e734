import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlPlane, NOW_MS, problemOf } from '../../../../../test/support/control-plane.ts';
import { memoryWebhooks } from '../../../../../test/support/memory-webhooks.ts';
import { IdSource } from '../../../../kernel/ids.ts';
import { limits } from '../../../../kernel/limits.ts';
import { webhookRoutes } from './webhook-routes.ts';

const path = '/api/v1/webhooks';
const url = 'https://hooks.example.com/';

function start() {
  const memory = memoryWebhooks(new IdSource(), () => NOW_MS);
  const routes = webhookRoutes({ webhooks: memory.webhooks, basePath: '' });
  const plane = new ControlPlane({}, routes);
  const make = async (change: object = {}) => {
    const body = { url, topics: ['*'], ...change };
    return await plane.send('POST', path, { as: 'adminA', body });
  };
  return { ...memory, routes, plane, make };
}

test('only who may manage webhooks sees or changes them', async () => {
  const { plane, routes } = start();
  assert.equal(routes.length, 9);
  for (const { method: verb, paths, body } of routes) {
    const [method, asked] = [verb.toUpperCase(), (paths[0] ?? '').replaceAll(/\{\w+\}/g, 'none')];
    const sent = body === undefined ? {} : { body: body.example };
    problemOf(await plane.send(method, asked, sent), 'unauthenticated');
    for (const as of ['viewerA', 'memberA', 'billingA'] as const) {
      problemOf(await plane.send(method, asked, { ...sent, as }), 'forbidden');
    }
    const { status } = await plane.send(method, asked, { ...sent, as: 'adminA' });
    assert.ok([200, 201, 404].includes(status), `${method} ${asked} ${status}`);
  }
});

test('a secret is shown when it is made and never again; another tenant sees nothing', async () => {
  const { plane, make, secrets } = start();
  const made = await make();
  const { id, secret } = made.json as { readonly id: string; readonly secret: string };
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.equal(made.headers.get('cache-control'), 'no-store');
  assert.equal(made.headers.get('location'), `${path}/${id}`);
  const one = await plane.send('GET', `${path}/${id}`, { as: 'adminA' });
  assert.doesNotMatch(one.text, /whsec_/);
  problemOf(await plane.send('GET', `${path}/${id}`, { as: 'ownerB' }), 'not_found');
  const { webhooks } = (await plane.send('GET', path, { as: 'ownerB' })).json as { webhooks: [] };
  assert.deepEqual(webhooks, []);
  const rotate = `${path}/${id}/rotate-secret`;
  const rotated = await plane.send('POST', rotate, { as: 'adminA', body: {} });
  const after = rotated.json as { readonly secret: string; readonly previousSecretUntilMs: number };
  assert.notEqual(after.secret, secret);
  assert.equal(secrets.get(`${id} previous`), secret);
  assert.equal(after.previousSecretUntilMs, NOW_MS + limits.webhookOverlapHours * 3_600_000);
  for (const [overlapHours, status] of [
    [limits.webhookOverlapHoursMax, 200],
    [limits.webhookOverlapHoursMax + 1, 400],
  ]) {
    const sent = { as: 'adminA', body: { overlapHours } } as const;
    assert.equal((await plane.send('POST', rotate, sent)).status, status);
  }
});

test('a change is made to the version that was read', async () => {
  const { plane, make } = start();
  const { id } = (await make()).json as { readonly id: string };
  const change = (version: string) =>
    plane.send('PATCH', `${path}/${id}`, {
      as: 'adminA',
      body: { enabled: false },
      headers: { 'If-Match': version },
    });
  assert.equal((await change('"1"')).headers.get('etag'), '"2"');
  problemOf(await change('"1"'), 'conflict');
  const headers = { 'If-Match': '"1"' };
  problemOf(await plane.send('DELETE', `${path}/${id}`, { as: 'adminA', headers }), 'conflict');
  assert.equal((await plane.send('DELETE', `${path}/${id}`, { as: 'adminA' })).status, 204);
  problemOf(await plane.send('POST', `${path}/${id}/test`, { as: 'adminA' }), 'not_found');
});

test('what an endpoint says is held to its bounds', async () => {
  const { make } = start();
  const long = (length: number): string => url + 'x'.repeat(length - url.length);
  const tries: readonly (readonly [object, number])[] = [
    [{ url: long(limits.webhookUrlLengthMax) }, 201],
    [{ url: long(limits.webhookUrlLengthMax + 1) }, 400],
    [{ url: 'file:///etc/passwd' }, 400],
    [{ url: 'https://ada:secret@hooks.example.com/' }, 400],
    [{ description: 'x'.repeat(limits.webhookDescriptionLengthMax) }, 201],
    [{ description: 'x'.repeat(limits.webhookDescriptionLengthMax + 1) }, 400],
    [{ topics: [] }, 400],
    [{ topics: ['budget.everything'] }, 400],
  ];
  for (const [change, status] of tries) {
    assert.equal((await make(change)).status, status, JSON.stringify(change).slice(0, 80));
  }
});

test('what is sent again is named, or all since a moment', async () => {
  const { plane, make, replays } = start();
  const { id } = (await make()).json as { readonly id: string };
  const replay = (body: object) =>
    plane.send('POST', `${path}/${id}/replay`, { as: 'adminA', body });
  const ids = Array.from({ length: limits.webhookReplayMax }, (_, index) => `evt_${index}`);
  const most = await replay({ eventIds: ids });
  assert.deepEqual(most.json, { replayed: limits.webhookReplayMax, hasMore: true });
  problemOf(await replay({ eventIds: [...ids, 'evt_more'] }), 'invalid_params');
  for (const body of [{}, { eventIds: ['evt_1'], sinceMs: 1 }]) {
    problemOf(await replay(body), 'invalid_params');
  }
  await replay({ sinceMs: 5, state: 'dead' });
  assert.deepEqual(replays.at(-1), { sinceMs: 5, state: 'dead', nowMs: NOW_MS });
});
