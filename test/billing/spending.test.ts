import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { objectMember, stringMember, type JsonObject } from '../../src/kernel/json.ts';
import { within } from '../cluster/support/within.ts';
import {
  startModernHttpServer,
  type ModernHttpServer,
} from '../support/mcp-http/modern-http-server.ts';
import { callRule, ShopClient, type ShopDoor } from '../support/shop-client.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';

const doors: readonly ShopDoor[] = ['modern', 'legacy', 'plain'];

describe('one gateway with what it starts with', () => {
  let upstream: ModernHttpServer;
  let gateway: RunningGateway;
  let shop: ShopClient;
  before(async () => {
    upstream = await startModernHttpServer();
  });
  after(() => upstream[Symbol.asyncDispose]());

  const opened = async (): Promise<AsyncDisposable> => {
    gateway = await startGateway({ flags: ['--set', 'billing.leaseMs=2000'] });
    shop = new ShopClient(gateway.url, gateway.apiKey);
    const config = { url: upstream.url };
    await shop.api('POST', '/services', { slug: 'orders', kind: 'mcp-http', config });
    await within(20_000, 'the service is served', async () => {
      return (await shop.call('modern', 'orders', 'echo')).isServed;
    });
    upstream.seen.length = 0;
    return { [Symbol.asyncDispose]: () => gateway.stop() };
  };
  const calls = (): number => upstream.of('tools/call').length;

  test('credit for one call serves one of many at once, and refuses the others', async () => {
    await using _gateway = await opened();
    await shop.subscribe({ payment: 'prepaid', rules: [callRule('0.02')] });
    const before = await shop.call('modern', 'orders', 'echo');
    assert.deepEqual([before.status, before.code], [402, 4020], 'without any credit');
    await shop.grant('0.02');
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, at) => shop.call(doors[at % 3] ?? 'plain', 'orders', 'echo')),
    );
    assert.equal(answers.filter(({ isServed }) => isServed).length, 1);
    assert.equal(calls(), 1);
    for (const { isServed, status, code, data } of answers) {
      if (isServed) continue;
      assert.ok(status === undefined || status === 402);
      assert.ok(code === 4020 || code === 'insufficient_credit');
      assert.deepEqual(data, {
        reason: 'insufficient_credit',
        balance: '0.00',
        currency: 'USD',
      });
    }
    await within(20_000, 'the call is paid', async () => {
      return String(await shop.wallet()) === '0.00,0.00,0.02,0.00';
    });
    const { records } = await shop.api('GET', '/usage?limit=100');
    const paid = (records as readonly JsonObject[]).filter(({ method }) => method === 'tools/call');
    // The first one was made before there was a price.
    assert.equal(paid.length, 2, 'what is refused has no record');
    await shop.grant('0.05', 'more');
    const third = [];
    for (let at = 0; at < 3; at++) third.push((await shop.call('modern', 'orders', 'echo')).status);
    assert.deepEqual(third, [200, 200, 402]);
  });

  test('a result says what is left, when the plan shows costs', async () => {
    await using _gateway = await opened();
    await shop.grant('1');
    await shop.subscribe({ payment: 'prepaid', rules: [callRule('0.02')], showCost: true });
    const left = async (): Promise<unknown> => {
      const { result } = await shop.call('modern', 'orders', 'echo');
      return objectMember(objectMember(result, '_meta'), 'mcp-gateway/cost')?.['balance'];
    };
    await within(20_000, 'the plan is known', async () => (await left()) !== undefined);
    const first = Number(await left());
    assert.equal(Number(await left()).toFixed(2), (first - 0.02).toFixed(2));
    assert.ok(first <= 0.98 && first > 0.9, String(first));
  });

  test('a round of input costs nothing, and its credit is there for the next', async () => {
    await using _gateway = await opened();
    await shop.subscribe({ payment: 'prepaid', rules: [callRule('0.02')] });
    await shop.grant('0.02');
    const result = await askedRound(shop);
    const served = await shop.call('modern', 'orders', 'ask', result);
    assert.equal(served.isServed, true, JSON.stringify(served));
    assert.equal((await shop.call('modern', 'orders', 'ask')).status, 402);
    await within(20_000, 'the call is paid once', async () => {
      return String(await shop.wallet()) === '0.00,0.00,0.02,0.00';
    });
  });

  test('a budget of so many calls serves as many, over every door', async () => {
    await using _gateway = await opened();
    await shop.api('POST', '/billing/budgets', {
      name: 'calls of the day',
      unit: 'calls',
      limit: '7',
      window: 'day',
      alertPercents: [50, 100],
    });
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, at) => shop.call(doors[at % 3] ?? 'plain', 'orders', 'echo')),
    );
    assert.equal(answers.filter(({ isServed }) => isServed).length, 7);
    assert.equal(calls(), 7);
    for (const { isServed, status, data, retryAfter } of answers) {
      if (isServed) continue;
      assert.ok(status === undefined || status === 429);
      const { reset_at: _reset, ...rest } = data;
      const reset = stringMember(data, 'reset_at') ?? '';
      assert.deepEqual(rest, {
        reason: 'budget_exhausted',
        budget: 'calls of the day',
        balance: '0',
      });
      const waitMs = Date.parse(reset) - Date.now();
      assert.ok(waitMs > 0 && waitMs <= 86_400_000, reset);
      if (status === undefined) continue;
      assert.ok(Math.abs(Number(retryAfter) * 1_000 - waitMs) < 10_000, String(retryAfter));
    }
    await within(20_000, 'both shares are told', async () => (await alerts()).length === 2);
    await shop.call('modern', 'orders', 'echo');
    assert.deepEqual(new Set(await alerts()), new Set([100, 50]));
    assert.equal((await alerts()).length, 2, 'each once');
    const { budgets } = await shop.api('GET', '/billing/budgets');
    const [budget] = budgets as readonly JsonObject[];
    await shop.api('PATCH', `/billing/budgets/${stringMember(budget, 'id')}`, { limit: '8' });
    await within(5_000, 'one more', async () => {
      return (await shop.call('modern', 'orders', 'echo')).isServed;
    });
  });

  const alerts = async (): Promise<readonly unknown[]> => {
    const { alerts: told } = await shop.api('GET', '/billing/budget-alerts');
    return (told as readonly JsonObject[]).map(({ percent }) => percent);
  };

  test('a budget in money counts what a postpaid plan charges', async () => {
    await using _gateway = await opened();
    await shop.subscribe({ rules: [callRule('0.02')] });
    const money = { unit: 'money', currency: 'USD', window: 'none' };
    await shop.api('POST', '/billing/budgets', { name: 'small', limit: '0.05', ...money });
    const statuses = [];
    for (const door of doors) statuses.push((await shop.call(door, 'orders', 'echo')).status);
    assert.deepEqual(statuses, [200, 200, 429]);
    const { data, retryAfter } = await shop.call('modern', 'orders', 'echo');
    const left = { reason: 'budget_exhausted', budget: 'small', balance: '0.01', currency: 'USD' };
    assert.deepEqual([data, retryAfter], [left, null], 'it never begins anew');
  });

  test('what has no maximum is refused, and the rule is named', async () => {
    await using _gateway = await opened();
    const rule = callRule('0.000001', { id: 'bytes', unit: 'byte_out' });
    await assert.rejects(
      shop.subscribe({ payment: 'prepaid', rules: [rule] }),
      /rules\[0\]\.holdMaximum/,
    );
    await shop.api('DELETE', `/billing/plans/${String(await planOf(shop))}`);
    await shop.subscribe({ rules: [rule] });
    const money = { unit: 'money', currency: 'USD', window: 'none' };
    await shop.api('POST', '/billing/budgets', { name: 'small', limit: '0.05', ...money });
    for (const door of doors) {
      const { status, data } = await shop.call(door, 'orders', 'echo');
      assert.deepEqual([status, data], [422, { reason: 'price_unbounded', rule: 'bytes' }]);
    }
  });
});

async function planOf(shop: ShopClient): Promise<unknown> {
  const { plans } = await shop.api('GET', '/billing/plans');
  return (plans as readonly JsonObject[])[0]?.['id'];
}

async function askedRound(shop: ShopClient): Promise<JsonObject> {
  const { result } = await shop.call('modern', 'orders', 'ask');
  const requestState = stringMember(result, 'requestState') ?? '';
  return { inputResponses: { who: { action: 'accept', content: {} } }, requestState };
}
