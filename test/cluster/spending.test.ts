import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from 'pg';
import { stringMember, type JsonObject } from '../../src/kernel/json.ts';
import {
  startModernHttpServer,
  type ModernHttpServer,
} from '../support/mcp-http/modern-http-server.ts';
import { callRule, ShopClient, type ShopAnswer } from '../support/shop-client.ts';
import { findPostgres, startPostgres, type PostgresServer } from '../support/start-postgres.ts';
import { startInstance, type Instance } from './support/instance.ts';
import { within } from './support/within.ts';

const programs = findPostgres();
const skip = programs === undefined ? 'PostgreSQL is not installed' : false;

/** Leases that end soon, so that a test sees what comes back from the dead. */
const settings = [
  'keys=database',
  'billing.leaseMs=2000',
  'billing.leaseGraceMs=1000',
  // Only what is paid for decides here, however busy the machine is.
  'limits.shedDelayMs=0',
];

describe('credit and budgets of two gateways on one PostgreSQL', { skip }, () => {
  let server: PostgresServer;
  let upstream: ModernHttpServer;
  let database: Client;
  let base = '';
  before(async () => {
    server = await startPostgres(programs ?? '');
    const { user, password, port } = server;
    base = `postgres://${user}:${password}@127.0.0.1:${port}/`;
    database = new Client({ connectionString: `${base}postgres` });
    await database.connect();
    upstream = await startModernHttpServer();
  });
  after(async () => {
    await upstream[Symbol.asyncDispose]();
    await database.end();
    await server[Symbol.asyncDispose]();
  });

  /** Two instances that both serve the tools, and a shopper at each. */
  const openPair = async (name: string) => {
    await database.query(`CREATE DATABASE ${name}`);
    const databaseUrl = `${base}${name}`;
    const start = (id: string, directory?: string): Promise<Instance> => {
      const own = [...settings, `node.id=${id}`];
      const place = directory === undefined ? {} : { directory };
      return startInstance({ databaseUrl, settings: own, ...place });
    };
    const stack = new AsyncDisposableStack();
    const one = stack.use(await start('one'));
    const other = stack.use(await start('other'));
    const shop = new ShopClient(one.url, one.apiKey);
    const shops = [shop, shop.at(other.url)] as const;
    const config = { url: upstream.url };
    await shop.api('POST', '/services', { slug: 'orders', kind: 'mcp-http', config });
    for (const each of shops) {
      await within(15_000, 'the service is served', async () => {
        return (await each.call('modern', 'orders', 'echo')).isServed;
      });
    }
    upstream.seen.length = 0;
    return { stack, one, other, shop, shops, start };
  };
  const callAll = (
    shops: readonly ShopClient[],
    count: number,
    tool = 'echo',
  ): Promise<readonly ShopAnswer[]> => {
    const doors = ['modern', 'plain', 'legacy'] as const;
    return Promise.all(
      Array.from({ length: count }, (_, at) => {
        const shop = shops[at % shops.length] as ShopClient;
        return shop.call(doors[at % doors.length] ?? 'modern', 'orders', tool);
      }),
    );
  };
  const served = (answers: readonly ShopAnswer[]) => answers.filter(({ isServed }) => isServed);
  const called = (): number => upstream.of('tools/call').length;
  /** When both know of a price, neither serves without credit. */
  const priced = async (shops: readonly ShopClient[]): Promise<void> => {
    for (const shop of shops) {
      await within(5_000, 'the plan is known', async () => {
        return (await shop.call('modern', 'orders', 'echo')).status === 402;
      });
    }
    upstream.seen.length = 0;
  };

  test('credit for one call serves one of 200 at once; 199 are told', async () => {
    const { stack, shop, shops } = await openPair('one_call');
    await using _stack = stack;
    await shop.subscribe({ payment: 'prepaid', rules: [callRule('0.02')] });
    await priced(shops);
    await shop.grant('0.02');
    const answers = await callAll(shops, 200);
    assert.equal(served(answers).length, 1);
    assert.equal(called(), 1);
    const refused = answers.filter(({ isServed }) => !isServed);
    const data = { reason: 'insufficient_credit', balance: '0.00', currency: 'USD' };
    for (const { status = 402, ...one } of refused) {
      assert.deepEqual([status, one.data], [402, data]);
    }
    assert.equal(refused.length, 199);
    await within(30_000, 'the call is paid', async () => {
      return String(await shop.wallet()) === '0.00,0.00,0.02,0.00';
    });
    const { costs } = await shop.api('GET', '/billing/costs');
    const sums = (costs as readonly JsonObject[]).map(({ charges, amount }) => [charges, amount]);
    assert.deepEqual(sums, [[1, '0.02']]);
  });

  test('what a killed gateway held is spent by the other one after its time', async () => {
    const { stack, one, shop, shops } = await openPair('killed');
    await using _stack = stack;
    await shop.subscribe({ payment: 'prepaid', rules: [callRule('0.02')] });
    await priced(shops);
    await shop.grant('0.40');
    const [first, second] = shops;
    const good = served(await callAll(shops, 6)).length;
    assert.equal(good, 6);
    // Calls that never end, on the one that dies: it holds credit for them.
    const hanging = Array.from({ length: 5 }, () => {
      return first.call('modern', 'orders', 'never').catch(() => undefined);
    });
    await within(5_000, 'they are under way', () => upstream.of('tools/call').length >= 6 + 5);
    await one.end('SIGKILL');
    await Promise.all(hanging);
    const before = served(await callAll([second], 40)).length;
    const held = 5;
    assert.ok(before <= 20 - good - held, `${before} served while the dead one held ${held}`);
    let later = 0;
    await within(60_000, 'credit of the dead one is back', async () => {
      later += served(await callAll([second], 5)).length;
      return later >= held;
    });
    // What the dead one has recorded and not drained is paid when it is back.
    const total = good + before + later;
    assert.ok(total <= 20 + good / 2, `${total} calls were served with credit for 20`);
  });

  test('a gateway that comes back gives up what its earlier life held', async () => {
    const { stack, one, shop, shops, start } = await openPair('returned');
    await using _stack = stack;
    await shop.subscribe({ payment: 'prepaid', rules: [callRule('0.02')] });
    await priced(shops);
    await shop.grant('0.40');
    const [first, second] = shops;
    const good = served(await callAll(shops, 6)).length;
    const hanging = Array.from({ length: 5 }, () => {
      return first.call('modern', 'orders', 'never').catch(() => undefined);
    });
    await within(5_000, 'they are under way', () => upstream.of('tools/call').length >= 6 + 5);
    await one.end('SIGKILL');
    await Promise.all(hanging);
    const again = stack.use(await start('one', one.directory));
    const third = second.at(again.url);
    let count = good;
    await within(30_000, 'all of the credit is used', async () => {
      count += served(await callAll([second, third], 10)).length;
      return count >= 20;
    });
    assert.equal(count, 20);
    await within(30_000, 'every call is paid, and none beyond', async () => {
      return String(await second.wallet()) === '0.00,0.00,0.40,0.00';
    });
  });

  test('a budget made on one is honoured by the other, to the last call', async () => {
    const { stack, shop, shops } = await openPair('budgets');
    await using _stack = stack;
    const calls = { unit: 'calls', window: 'day', timeZone: 'Pacific/Auckland' };
    const limit = '25';
    const made = await shop.api('POST', '/billing/budgets', {
      name: 'calls',
      limit,
      ...calls,
      alertPercents: [80],
    });
    await within(5_000, 'the other one counts', async () => {
      await shops[1].call('modern', 'orders', 'echo');
      const budget = await shop.api('GET', `/billing/budgets/${stringMember(made, 'id')}`);
      return Number((budget['current'] as JsonObject)['spent']) > 0;
    });
    await within(30_000, 'all is counted', async () => {
      await callAll(shops, 30);
      const budget = await shop.api('GET', `/billing/budgets/${stringMember(made, 'id')}`);
      return (budget['current'] as JsonObject)['spent'] === limit;
    });
    for (const each of shops) {
      const { status, data } = await each.call('modern', 'orders', 'echo');
      assert.deepEqual([status, data['budget']], [429, 'calls']);
    }
    const { alerts } = await shop.api('GET', '/billing/budget-alerts');
    const told = (alerts as readonly JsonObject[]).map(({ percent }) => percent);
    assert.deepEqual(told, [80], 'told once');
  });
});
