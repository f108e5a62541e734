import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlPlane, problemOf } from '../../../../../test/support/control-plane.ts';
import { memoryIdentity } from '../../../../../test/support/memory-identity.ts';
import { A, B, newTenant } from '../../../../../test/storage/contract/fixtures.ts';
import { createModels } from '../../../../chat/models/create-models.ts';
import { silentLog } from '../../../../kernel/log.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { IdSource } from '../../../../kernel/ids.ts';
import { limits } from '../../../../kernel/limits.ts';
import { modelRoutes } from './model-routes.ts';

const path = '/api/v1/models/providers';
const key = 'sk-a-key-of-a-vendor';

function start() {
  const { models: store, addTenant, vault: items } = memoryIdentity();
  for (const tenant of [A, B]) addTenant(newTenant(tenant));
  const vault = {
    seal: (_row: unknown, text: string) => Promise.resolve(`sealed ${text}`),
    read: () => Promise.resolve(key),
  };
  const denied = () => Promise.reject(new GatewayError('egress_denied'));
  const models = createModels({
    store,
    vault,
    ids: new IdSource(),
    declared: () => [],
    now: () => 5,
    egress: { request: denied, connect: denied, openWebSocket: denied },
    times: { firstByteMs: 100, idleMs: 100 },
    hasDemo: false,
    log: silentLog,
  });
  const deps = { models: () => Promise.resolve(models), basePath: '', now: () => 5 };
  const routes = modelRoutes(deps);
  const plane = new ControlPlane({}, routes);
  const make = (change: object = {}) =>
    plane.send('POST', path, {
      as: 'adminA',
      body: {
        name: 'main',
        settings: { kind: 'openai' },
        key,
        models: [{ id: 'gpt-5' }],
        ...change,
      },
    });
  return { plane, routes, make, items, models };
}

test('only who may manage models sees or changes providers; most see the models', async () => {
  const { plane, routes } = start();
  assert.equal(routes.length, 10);
  for (const { method: verb, paths, body, permission } of routes) {
    const [method, asked] = [verb.toUpperCase(), (paths[0] ?? '').replaceAll(/\{\w+\}/g, 'none')];
    const sent = body === undefined ? {} : { body: body.example };
    problemOf(await plane.send(method, asked, sent), 'unauthenticated');
    problemOf(await plane.send(method, asked, { ...sent, as: 'billingA' }), 'forbidden');
    for (const as of ['viewerA', 'memberA'] as const) {
      const came = await plane.send(method, asked, { ...sent, as });
      if (permission === 'models.read') assert.equal(came.status, 200, came.text);
      else problemOf(came, 'forbidden');
    }
    const { status, text } = await plane.send(method, asked, { ...sent, as: 'adminA' });
    assert.ok([200, 201, 404].includes(status), `${method} ${asked} ${status} ${text}`);
  }
});

test('a key is sealed and never shown, and another tenant sees nothing', async () => {
  const { plane, make, items, models } = start();
  const made = await make();
  const { id, models: entries } = made.json as {
    readonly id: string;
    readonly models: readonly { readonly contextTokens: number }[];
  };
  assert.equal(entries[0]?.contextTokens, 400_000, 'what is known need not be said');
  assert.equal(made.text.includes(key), false);
  const row = { tenant: A, owner: 'model-provider', serviceId: id, name: 'key' } as const;
  assert.equal(await items.get(row), `sealed ${key}`);
  problemOf(await plane.send('GET', `${path}/${id}`, { as: 'ownerB' }), 'not_found');
  const change = (body: object, version: string) =>
    plane.send('PATCH', `${path}/${id}`, { as: 'adminA', body, headers: { 'If-Match': version } });
  assert.equal((await change({ key: 'another-key' }, '"1"')).headers.get('etag'), '"2"');
  assert.equal(await items.get(row), 'sealed another-key');
  problemOf(await change({ name: 'other' }, '"1"'), 'conflict');
  problemOf(await change({ settings: { kind: 'google' } }, '"2"'), 'conflict');
  problemOf(await change({ models: [{ id: 'unheard-of' }] }, '"2"'), 'invalid_params');
  problemOf(await change({}, '"2"'), 'invalid_params');
  models.forget(A);
  const listed = await plane.send('GET', '/api/v1/models', { as: 'viewerA' });
  assert.match(listed.text, /"name":"main\/gpt-5".*"isDefault":true/);
  const tried = await plane.send('POST', `${path}/${id}/test`, { as: 'adminA', body: {} });
  assert.match(tried.text, /"ok":false.*"kind":"address_denied"/);
  assert.equal((await plane.send('DELETE', `${path}/${id}`, { as: 'adminA' })).status, 204);
});

test('prices are decimals to the last digit, and built-in ones are shown', async () => {
  const { plane, make } = start();
  const prices = '/api/v1/models/prices';
  await make();
  const builtIn = await plane.send('GET', prices, { as: 'viewerA' });
  assert.match(builtIn.text, /"input":"1\.25","cachedInput":"0\.125".*"isBuiltIn":true/);
  const price = { model: 'main/gpt-5', currency: 'EUR', input: '0.000000001', output: '10' };
  const add = (body: object) => plane.send('POST', prices, { as: 'adminA', body });
  const made = await add(price);
  assert.equal(made.status, 201, made.text);
  assert.deepEqual(made.json, {
    id: (made.json as { readonly id: string }).id,
    ...price,
    output: '10.00',
    validFromMs: 5,
    cachedInput: null,
    cacheWrite: null,
    isBuiltIn: false,
  });
  problemOf(await add(price), 'conflict');
  for (const wrong of [{ input: 1 }, { input: '-1' }, { currency: 'XXQ' }, { model: 'gpt-5' }]) {
    problemOf(await add({ ...price, ...wrong }), 'invalid_params');
  }
  const mine = await plane.send('GET', prices, { as: 'viewerA' });
  assert.doesNotMatch(mine.text, /"isBuiltIn":true/);
  const location = made.headers.get('location') ?? '';
  assert.equal((await plane.send('DELETE', location, { as: 'adminA' })).status, 204);
  problemOf(await plane.send('DELETE', location, { as: 'adminA' }), 'not_found');
});

test('what a provider says is held to its bounds', async () => {
  const { make } = start();
  const known = { contextTokens: 8_192 };
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ id: `m${at}`, ...known }));
  const server = (baseUrl: string) => ({ kind: 'openai_compatible', baseUrl });
  const longUrl = (length: number) => `https://a.example/${'x'.repeat(length - 18)}`;
  const tries: readonly (readonly [object, number])[] = [
    [{ models: many(limits.modelsPerProviderMax) }, 201],
    [{ models: many(limits.modelsPerProviderMax + 1) }, 400],
    [{ models: [{ id: 'm'.repeat(limits.modelIdLengthMax), ...known }] }, 201],
    [{ models: [{ id: 'm'.repeat(limits.modelIdLengthMax + 1), ...known }] }, 400],
    [{ models: [{ id: 'm', ...known, fallback: limits.modelFallbackMax }] }, 201],
    [{ models: [{ id: 'm', ...known, fallback: limits.modelFallbackMax + 1 }] }, 400],
    [{ settings: { kind: 'openai', project: 'p'.repeat(limits.modelSettingLengthMax) } }, 201],
    [{ settings: { kind: 'openai', project: 'p'.repeat(limits.modelSettingLengthMax + 1) } }, 400],
    [{ settings: server(longUrl(limits.modelUrlLengthMax)), models: many(1) }, 201],
    [{ settings: server(longUrl(limits.modelUrlLengthMax + 1)), models: many(1) }, 400],
    [{ settings: server('http://user:pass@a.example/v1'), models: many(1) }, 400],
    [{ settings: server('ftp://a.example/v1'), models: many(1) }, 400],
    [{ settings: { kind: 'bedrock', region: 'evil.example/' }, models: many(1) }, 400],
    [{ settings: { kind: 'something' } }, 400],
    [{ key: 'with a\nline' }, 400],
    [{ name: 'demo' }, 409],
    [{ name: 'Not A Slug' }, 400],
    [{ key: undefined }, 400],
  ];
  for (const [index, [change, status]] of tries.entries()) {
    const { text, ...made } = await make({ name: `provider-${index}`, ...change });
    assert.equal(made.status, status, `${index} ${text}`);
  }
});
