import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ControlPlane, NOW_MS, problemOf } from '../../../../../test/support/control-plane.ts';
import { stringMember, type JsonObject } from '../../../../kernel/json.ts';
import { limits } from '../../../../kernel/limits.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import { tenantId } from '../../../../kernel/principal.ts';

const budgets = '/api/v1/billing/budgets';
const credits = '/api/v1/billing/tenants/ten_b/credits';
const calls = { name: 'calls', unit: 'calls', limit: '10', window: 'day' };
const money = { name: 'money', unit: 'money', limit: '5', currency: 'USD', window: 'month' };
const order = { key: 'order 1', kind: 'bought', currency: 'USD', amount: '25.00' };

async function made(plane: ControlPlane, path: string, body: unknown, as = 'ownerA' as const) {
  const { status, json, text } = await plane.send('POST', path, { as, body });
  assert.equal(status, 201, text);
  return json as JsonObject;
}

describe('credit over the API', () => {
  test('is granted once for a key, by the operator', async () => {
    const plane = new ControlPlane();
    const first = await made(plane, credits, order);
    const { key, kind, currency, amount, remaining, priority, expiresAtMs, createdAtMs } = first;
    assert.deepEqual(
      { key, kind, currency, amount, remaining, priority, expiresAtMs, createdAtMs },
      { ...order, remaining: '25.00', priority: 0, expiresAtMs: null, createdAtMs: NOW_MS },
    );
    assert.deepEqual(await made(plane, credits, order), first);
    const body = { ...order, amount: '26' };
    problemOf(await plane.send('POST', credits, { as: 'ownerA', body }), 'conflict');
    problemOf(await plane.send('POST', credits, { as: 'ownerB', body: order }), 'forbidden');
    const nobody = '/api/v1/billing/tenants/ten_nobody/credits';
    problemOf(await plane.send('POST', nobody, { as: 'ownerA', body: order }), 'not_found');
    const listed = await plane.send('GET', credits, { as: 'ownerA' });
    assert.deepEqual(listed.json, { credits: [first] });
    const own = await plane.send('GET', '/api/v1/billing/credits', { as: 'ownerB' });
    assert.deepEqual(own.json, { credits: [first] });
    const wallet = { currency: 'USD', balance: '25.00', held: '0.00', available: '25.00' };
    const wallets = [{ ...wallet, spent: '0.00', overrun: '0.00' }];
    for (const [as, path] of [
      ['ownerB', '/api/v1/billing/wallets'],
      ['ownerA', '/api/v1/billing/tenants/ten_b/wallets'],
    ] as const) {
      assert.deepEqual((await plane.send('GET', path, { as })).json, { wallets });
    }
    const none = await plane.send('GET', '/api/v1/billing/wallets', { as: 'ownerA' });
    assert.deepEqual(none.json, { wallets: [] });
  });

  test('names the field that is wrong', async () => {
    const plane = new ControlPlane();
    const wrong: readonly (readonly [string, unknown])[] = [
      ['amount', '0'],
      ['amount', '0.0000000001'],
      ['amount', '-1'],
      ['amount', formatMoney(limits.chargeNanoMax + 1n)],
      ['currency', 'XXQ'],
      ['expiresAtMs', NOW_MS],
      ['key', 'x'.repeat(limits.creditKeyLengthMax + 1)],
      ['kind', 'found'],
    ];
    for (const [field, value] of wrong) {
      const body = { ...order, [field]: value };
      const came = await plane.send('POST', credits, { as: 'ownerA', body });
      const { errors } = problemOf(came, 'invalid_params');
      assert.equal(errors?.[0]?.field, field, came.text);
    }
    const key = 'x'.repeat(limits.creditKeyLengthMax);
    const most = formatMoney(limits.chargeNanoMax);
    await made(plane, credits, { ...order, key, amount: most, expiresAtMs: NOW_MS + 1 });
  });

  test('what instances hold is shown to the operator', async () => {
    const plane = new ControlPlane();
    await made(plane, credits, order);
    const owner = { nodeId: 'node1', runId: 'run1', lifeMs: 1_000 };
    const tenant = tenantId('ten_b');
    const wish = { needed: 3n, wanted: 3n };
    const request = { tenant, poolId: 'wallet:USD', leaseId: 'lse_1', ...wish };
    await plane.identity.pools.acquire(owner, request);
    const path = '/api/v1/billing/tenants/ten_b/leases';
    const { json } = await plane.send('GET', path, { as: 'ownerA' });
    const [{ expiresAtMs: _at, ...lease }] = (json as { leases: [JsonObject] }).leases;
    assert.deepEqual(lease, {
      id: 'lse_1',
      pool: 'wallet:USD',
      nodeId: 'node1',
      runId: 'run1',
      state: 'open',
      granted: '3',
      drawn: '0',
      spent: null,
    });
  });
});

describe('budgets over the API', () => {
  test('are made, changed under their ETag and removed', async () => {
    const plane = new ControlPlane();
    const as = 'adminA';
    const budget = await made(plane, budgets, { ...calls, scope: { userId: 'usr_a_viewer' } });
    const path = `${budgets}/${stringMember(budget, 'id')}`;
    const { current, scope, alertPercents, timeZone } = budget;
    assert.deepEqual(
      [scope, alertPercents, timeZone],
      [{ userId: 'usr_a_viewer' }, [80, 100], 'UTC'],
    );
    const day = NOW_MS - (NOW_MS % 86_400_000);
    const window = { startsAtMs: day, endsAtMs: day + 86_400_000 };
    assert.deepEqual(current, { ...window, spent: '0', held: '0', available: '10' });
    const read = await plane.send('GET', path, { as });
    assert.deepEqual([read.json, read.headers.get('etag')], [budget, '"1"']);
    const headers = { 'If-Match': '"1"' };
    const body = { limit: '20', window: 'none' };
    const changed = await plane.send('PATCH', path, { as, body, headers });
    const { limit, version, current: now } = changed.json as JsonObject;
    assert.deepEqual([limit, version, changed.headers.get('etag')], ['20', 2, '"2"']);
    const { startsAtMs } = now as JsonObject;
    assert.equal(startsAtMs, null);
    problemOf(await plane.send('PATCH', path, { as, body, headers }), 'conflict');
    problemOf(await plane.send('DELETE', path, { as, headers }), 'conflict');
    problemOf(await plane.send('GET', path, { as: 'ownerB' }), 'not_found');
    problemOf(await plane.send('POST', budgets, { as: 'billingA', body: calls }), 'forbidden');
    problemOf(await plane.send('POST', budgets, { as, body: calls }), 'conflict');
    assert.equal((await plane.send('DELETE', path, { as })).status, 204);
    const { json } = await plane.send('GET', budgets, { as: 'billingA' });
    assert.deepEqual(json, { budgets: [] });
  });

  test('in money have a currency, and say what is spent and held', async () => {
    const plane = new ControlPlane();
    const budget = await made(plane, budgets, { ...money, timeZone: 'Europe/Berlin' });
    const { startsAtMs, endsAtMs } = budget['current'] as { startsAtMs: number; endsAtMs: number };
    const id = stringMember(budget, 'id') ?? '';
    const tenant = tenantId('ten_a');
    const { pools } = plane.identity;
    const owner = { nodeId: 'node1', runId: 'run1', lifeMs: 1_000 };
    const poolId = `budget:${id}:${startsAtMs}:${endsAtMs}`;
    const amounts = { needed: 4_500_000_000n, wanted: 1n };
    await pools.acquire(owner, { tenant, poolId, leaseId: 'lse_1', ...amounts });
    const draw = { usageId: 'use_1', leaseId: 'lse_1', hold: 4_000_000_000n };
    await pools.draw(tenant, [{ ...draw, charge: 4_000_000_000n }], NOW_MS);
    const { json } = await plane.send('GET', budgets, { as: 'billingA' });
    const [{ current }] = (json as { budgets: [JsonObject] }).budgets;
    const spent = { spent: '4.00', held: '0.50', available: '0.50' };
    assert.deepEqual(current, { startsAtMs, endsAtMs, ...spent });
    const told = await plane.send('GET', '/api/v1/billing/budget-alerts', { as: 'billingA' });
    const share = { budget: id, windowStartsAtMs: startsAtMs, percent: 80 };
    const amount = { spent: '4000000000', limit: '5000000000', atMs: NOW_MS };
    assert.deepEqual(told.json, { alerts: [{ ...share, ...amount }] });
  });

  test('name the field that is wrong', async () => {
    const plane = new ControlPlane();
    const { currency: _currency, ...noCurrency } = money;
    const percents = Array.from({ length: limits.budgetAlertsMax + 1 }, (_, at) => at + 1);
    const wrong: readonly (readonly [string, unknown])[] = [
      ['limit', { ...calls, limit: '1.5' }],
      ['limit', { ...calls, limit: String(limits.budgetCallsMax + 1n) }],
      ['limit', { ...money, limit: '0.0000000001' }],
      ['currency', { ...calls, currency: 'USD' }],
      ['currency', noCurrency],
      ['scope.serviceId', { ...calls, scope: { tool: 'find' } }],
      ['timeZone', { ...calls, timeZone: 'Mars/Base' }],
      ['window', { ...calls, window: 'year' }],
      ['alertPercents', { ...calls, alertPercents: percents }],
      ['alertPercents[0]', { ...calls, alertPercents: [101] }],
    ];
    for (const [field, body] of wrong) {
      const came = await plane.send('POST', budgets, { as: 'ownerA', body });
      const { errors } = problemOf(came, 'invalid_params');
      assert.equal(errors?.[0]?.field, field, came.text);
    }
    const limit = String(limits.budgetCallsMax);
    await made(plane, budgets, { ...calls, limit, alertPercents: percents.slice(1) });
  });

  test('are about what is there: nothing else would ever count', async () => {
    const plane = new ControlPlane();
    const as = 'ownerA';
    const config = { url: 'https://maps.example/mcp' };
    const service = { slug: 'maps', kind: 'mcp-http', config };
    const { json } = await plane.send('POST', '/api/v1/services', { as, body: service });
    const serviceId = stringMember(json as JsonObject, 'id') ?? '';
    const wrong: readonly (readonly [string, JsonObject])[] = [
      ['scope.userId', { userId: 'usr_b_owner' }],
      ['scope.grantId', { grantId: 'key_gone' }],
      ['scope.serviceId', { serviceId: 'svc_gone' }],
      ['scope.serviceId', { serviceId: 'maps' }],
      ['scope.serviceId', { serviceId: 'svc_gone', tool: 'find' }],
      ['scope.tool', { serviceId, tool: 'maps__echo' }],
    ];
    const budget = await made(plane, budgets, { ...calls, name: 'all' });
    const path = `${budgets}/${stringMember(budget, 'id')}`;
    for (const [field, scope] of wrong) {
      for (const sent of [
        await plane.send('POST', budgets, { as, body: { ...calls, scope } }),
        await plane.send('PATCH', path, { as, body: { scope } }),
      ]) {
        assert.equal(problemOf(sent, 'invalid_params').errors?.[0]?.field, field, sent.text);
      }
    }
    const scopes = [
      { userId: 'usr_a_owner' },
      { grantId: 'key_a_owner' },
      { serviceId, tool: 'echo' },
    ];
    for (const [at, scope] of scopes.entries()) {
      await made(plane, budgets, { ...calls, name: `budget ${at}`, scope });
    }
  });

  test('there are budgetsPerTenantMax and not one more; so many alerts are listed', async () => {
    const plane = new ControlPlane();
    const { fill } = plane.identity;
    const numbers = (count: number): string =>
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
    const terms = JSON.stringify({ scope: {}, currency: null, window: 'none', timeZone: 'UTC' });
    fill(`${numbers(limits.budgetsPerTenantMax - 1)}
      INSERT INTO budget SELECT 'ten_a', 'bud_' || i, 'name ' || i, 'calls', 1,
        json_set('${terms}', '$.alertPercents', json('[]')), 1, 1, 1 FROM n`);
    await made(plane, budgets, calls);
    const body = { ...calls, name: 'more' };
    problemOf(await plane.send('POST', budgets, { as: 'ownerA', body }), 'conflict');
    fill(`${numbers(limits.budgetAlertRowsMax + 1)}
      INSERT INTO budget_alert SELECT 'ten_a', 'budget:bud_1:' || i || ':' || (i + 1), 1, 1, 1, i
      FROM n`);
    const told = await plane.send('GET', '/api/v1/billing/budget-alerts', { as: 'ownerA' });
    const { alerts } = told.json as { alerts: readonly unknown[] };
    assert.equal(alerts.length, limits.budgetAlertRowsMax);
  });
});
