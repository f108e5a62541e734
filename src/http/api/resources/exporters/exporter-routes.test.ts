import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlPlane, problemOf } from '../../../../../test/support/control-plane.ts';
import { memoryIdentity } from '../../../../../test/support/memory-identity.ts';
import { A, B, newTenant } from '../../../../../test/storage/contract/fixtures.ts';
import { ExporterBook } from '../../../../billing/export/exporter-book.ts';
import { IdSource } from '../../../../kernel/ids.ts';
import { limits } from '../../../../kernel/limits.ts';
import { exporterRoutes } from './exporter-routes.ts';

const path = '/api/v1/billing/exporters';
const credential = 'a-credential-of-a-vendor';
const stripe = { kind: 'stripe', customer: 'cus_1' };

function start() {
  const { exporters: store, addTenant, vault: items, fill } = memoryIdentity();
  for (const tenant of [A, B]) addTenant(newTenant(tenant));
  const vault = {
    seal: (_row: unknown, text: string) => Promise.resolve(`sealed ${text}`),
    read: () => Promise.resolve(credential),
  };
  const exporters = new ExporterBook({ store, vault, ids: new IdSource(), now: () => 5 });
  const routes = exporterRoutes({ exporters, basePath: '' });
  const plane = new ControlPlane({}, routes);
  const make = (change: object = {}) =>
    plane.send('POST', path, {
      as: 'adminA',
      body: { name: 'Stripe', settings: stripe, credential, ...change },
    });
  return { plane, routes, make, items, fill };
}

test('only who may manage exporters sees or changes them', async () => {
  const { plane, routes } = start();
  assert.equal(routes.length, 8);
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

test('a credential is sealed and never shown, and another tenant sees nothing', async () => {
  const { plane, make, items } = start();
  const made = await make();
  const { id } = made.json as { readonly id: string };
  assert.doesNotMatch(made.text, new RegExp(credential));
  const row = { tenant: A, owner: 'exporter', serviceId: id, name: 'credential' };
  assert.equal(await items.get(row), `sealed ${credential}`);
  problemOf(await plane.send('GET', `${path}/${id}`, { as: 'ownerB' }), 'not_found');
  const change = (body: object, version: string) =>
    plane.send('PATCH', `${path}/${id}`, { as: 'adminA', body, headers: { 'If-Match': version } });
  const another = 'another-credential-of-it';
  assert.equal((await change({ credential: another }, '"1"')).headers.get('etag'), '"2"');
  assert.equal(await items.get(row), `sealed ${another}`);
  problemOf(await change({ enabled: false }, '"1"'), 'conflict');
  const lago = { kind: 'lago', url: 'https://lago.example', subscription: 's' };
  problemOf(await change({ settings: lago }, '"2"'), 'conflict');
  const refused = await plane.send('GET', `${path}/${id}/refused`, { as: 'adminA' });
  assert.deepEqual(refused.json, { refused: [] });
  assert.equal((await plane.send('DELETE', `${path}/${id}`, { as: 'adminA' })).status, 204);
});

test('what an exporter says is held to its bounds', async () => {
  const { make } = start();
  const codesOf = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`rule-${index}`, 'code']));
  const tries: readonly (readonly [object, number])[] = [
    [{ settings: { ...stripe, customer: 'c'.repeat(limits.exportCodeLengthMax) } }, 201],
    [{ settings: { ...stripe, customer: 'c'.repeat(limits.exportCodeLengthMax + 1) } }, 400],
    [{ settings: { ...stripe, codes: codesOf(limits.exportCodesMax) } }, 201],
    [{ settings: { ...stripe, codes: codesOf(limits.exportCodesMax + 1) } }, 400],
    [{ settings: { ...stripe, url: 'ftp://stripe' } }, 400],
    [{ settings: { kind: 'chargebee' } }, 400],
    [{ credential: 'short' }, 400],
    [{ settings: { kind: 'stripe_invoices', customer: 'cus_1' } }, 201],
    [{ settings: { kind: 'stripe_invoices', customer: 'cus_1', collection: 'cash' } }, 400],
    [{ settings: { kind: 'stripe_invoices', customer: 'cus_1', codes: {} } }, 400],
  ];
  for (const [index, [change, status]] of tries.entries()) {
    const { text, ...made } = await make({ name: `exporter ${index}`, ...change });
    assert.equal(made.status, status, text);
  }
});

test('what was refused is marked to be sent once more, exportRetriesMax at a time', async () => {
  const { plane, make, fill } = start();
  const { id } = (await make()).json as { readonly id: string };
  for (const name of ['a', 'b', 'c']) {
    fill(`INSERT INTO billing_export_refused (tenant_id, exporter_id, gate_key, rule_id, seq,
      event_id, reason, at_ms) VALUES ('${A}', '${id}', '${name}', 'call', 0,
        'chg_${name}', 'no', 1)`);
  }
  const retry = async (body: object, as: 'adminA' | 'ownerB' = 'adminA') =>
    await plane.send('POST', `${path}/${id}/retry`, { as, body });
  assert.deepEqual((await retry({ events: ['chg_b', 'chg_z'] })).json, { marked: 1 });
  const list = await plane.send('GET', `${path}/${id}/refused`, { as: 'adminA' });
  const { refused } = list.json as {
    readonly refused: readonly { readonly eventId: string; readonly retryAtMs: number | null }[];
  };
  assert.deepEqual(
    refused.map(({ eventId, retryAtMs }) => [eventId, retryAtMs]),
    [
      ['chg_a', null],
      ['chg_b', 5],
      ['chg_c', null],
    ],
  );
  assert.deepEqual((await retry({})).json, { marked: 2 });
  problemOf(await retry({}, 'ownerB'), 'not_found');
  const most = Array.from({ length: limits.exportRetriesMax }, (_, index) => `chg_${index}`);
  assert.equal((await retry({ events: most })).status, 200);
  assert.equal((await retry({ events: [...most, 'chg_more'] })).status, 400);
  const invoices = await plane.send('GET', `${path}/${id}/invoices`, { as: 'adminA' });
  assert.deepEqual(invoices.json, { invoices: [] });
  problemOf(await plane.send('GET', `${path}/${id}/invoices`, { as: 'ownerB' }), 'not_found');
});
