import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Listening } from '../support/listen.ts';
import { routes } from './routes.ts';
import { startOrdersApi } from './start-orders-api.ts';

type Body = Record<string, unknown>;

describe('the orders API', () => {
  let folder = '';
  let api: Listening;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'orders-api-'));
    api = await startOrdersApi({ port: 0, file: join(folder, 'orders.sqlite') });
  });
  after(async () => {
    await api.close();
    rmSync(folder, { recursive: true });
  });

  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) {
    const text = body === undefined ? null : JSON.stringify(body);
    const response = await fetch(`${api.url}${path}`, { method, body: text, headers });
    const answer = await response.text();
    return { status: response.status, body: (answer === '' ? {} : JSON.parse(answer)) as Body };
  }

  const order = { customer: 'Ada', items: [{ productId: 'green-tea', quantity: 2 }] };

  it('filters products by category and price', async () => {
    const { body } = await call('GET', '/products?category=tea&category=coffee&maxPriceCents=1000');
    const ids = (body['products'] as Body[]).map(({ id }) => id);
    assert.deepEqual(ids, ['filter-coffee', 'green-tea']);
    assert.equal((await call('GET', '/products?category=fish')).status, 422);
    assert.equal((await call('GET', '/products/green-tea')).body['priceCents'], 750);
  });

  it('places an order once per key and takes its stock', async () => {
    const headers = { 'idempotency-key': 'k1' };
    const first = await call('POST', '/orders', order, headers);
    const second = await call('POST', '/orders', order, headers);
    assert.equal(first.status, 201);
    assert.equal(first.body['totalCents'], 1500);
    assert.equal(first.body['note'], null);
    assert.deepEqual(second.body, first.body);
    assert.equal((await call('GET', '/products/green-tea')).body['stock'], 498);
  });

  it('keeps nothing of an order it refuses', async () => {
    const items = [
      { productId: 'green-tea', quantity: 1 },
      { productId: 'kettle', quantity: 1 },
    ];
    const refused = await call('POST', '/orders', { ...order, items });
    assert.equal(refused.status, 409);
    assert.equal(refused.body['detail'], 'Product kettle is out of stock.');
    assert.equal((await call('GET', '/products/green-tea')).body['stock'], 498);
  });

  it('changes and cancels an order, and gives the stock back', async () => {
    const placed = await call('POST', '/orders', order, { prefer: 'return=minimal' });
    const path = `/orders/${String(placed.body['id'])}`;
    assert.deepEqual(Object.keys(placed.body), ['id']);
    const changed = await call('PATCH', path, { status: 'paid', note: 'gift' });
    assert.deepEqual([changed.body['status'], changed.body['note']], ['paid', 'gift']);
    assert.equal((await call('DELETE', path)).status, 204);
    assert.equal((await call('GET', path)).body['status'], 'cancelled');
    assert.equal((await call('PATCH', path, { status: 'paid' })).status, 409);
    assert.equal((await call('GET', '/products/green-tea')).body['stock'], 498);
    const { body } = await call('GET', '/orders?status=cancelled&status=paid&customer=Ada&limit=5');
    assert.equal((body['orders'] as Body[]).length, 1);
  });

  it('answers wrong requests with problems', async () => {
    const wrong: readonly [string, string, unknown, number][] = [
      ['GET', '/nothing', undefined, 404],
      ['GET', '/orders/99999', undefined, 404],
      ['GET', '/products/%ff', undefined, 404],
      ['PUT', '/orders', {}, 405],
      ['POST', '/orders', [], 400],
      ['POST', '/orders', { ...order, customer: '' }, 422],
      ['POST', '/orders', { ...order, delivery: 'drone' }, 422],
      ['POST', '/orders', { ...order, items: [{ productId: 'green-tea', quantity: 0 }] }, 422],
      ['POST', '/orders', { ...order, note: 5 }, 422],
    ];
    for (const [method, path, body, status] of wrong) {
      const answer = await call(method, path, body);
      assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(body)}`);
      assert.equal(answer.body['status'], status);
    }
  });

  it('keeps orders across a restart', async () => {
    const before = await call('GET', '/orders');
    await api.close();
    api = await startOrdersApi({ port: 0, file: join(folder, 'orders.sqlite') });
    assert.deepEqual((await call('GET', '/orders')).body, before.body);
  });

  it('documents exactly the operations it serves', async () => {
    const { body } = await call('GET', '/openapi.json');
    const documented = Object.entries(body['paths'] as Record<string, Body>).flatMap(
      ([path, operations]) =>
        Object.keys(operations)
          .filter((method) => method !== 'parameters')
          .map((method) => ({ method: method.toUpperCase(), path: path.replace(/\{.*\}/, '1') })),
    );
    assert.equal(documented.length, routes.length);
    for (const { method, path } of documented) {
      const served = routes.some((route) => route.method === method && route.path.test(path));
      assert.ok(served, `${method} ${path}`);
    }
  });
});
