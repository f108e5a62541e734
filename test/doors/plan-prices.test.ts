import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { compilePlan } from '../../src/billing/compile-plan.ts';
import type { BillingRule, PlanTerms, StoredPlanVersion } from '../../src/billing/plans/store.ts';
import { objectMember, type Json, type JsonObject } from '../../src/kernel/json.ts';
import { complete, FakeUpstream } from '../support/fake-upstream.ts';
import { callModern, errorCode } from '../support/mcp-post.ts';
import { startDoors, type RunningDoors } from '../support/start-doors.ts';

const PRICE = 'mcp-gateway/price';
const COST = 'mcp-gateway/cost';
const own = { [PRICE]: 'free!', 'example.com/own': 1 };
const content = [{ type: 'text', text: 'ü "quoted" 12345678901234567890' }];

const ruleOf = (id: string, change: Partial<BillingRule> = {}): BillingRule => ({
  id,
  title: id,
  match: {},
  unit: 'call',
  price: { model: 'unit', unitAmount: '0.002' },
  priority: 0,
  ...change,
});

const graduated: BillingRule['price'] = {
  model: 'graduated',
  tiers: [{ upTo: null, unitAmount: '0.5' }],
};

const terms: PlanTerms = {
  currency: 'EUR',
  period: { unit: 'month', count: 1 },
  rules: [
    ruleOf('all'),
    ruleOf('find', {
      match: { tools: ['shop__find'], arguments: { region: ['eu'] } },
      price: graduated,
    }),
    ruleOf('bytes', {
      match: { services: ['shop'] },
      unit: 'byte_out',
      price: { model: 'unit', unitAmount: '0.000000001' },
    }),
  ],
  recurring: [],
  rounding: { mode: 'half_even', at: 'line' },
  showPrices: true,
  showCost: true,
};

function shop(): FakeUpstream {
  return new FakeUpstream({
    'tools/list': () =>
      complete({ tools: [{ name: 'find', inputSchema: { type: 'object' }, _meta: own }] }),
    'resources/list': () => complete({ resources: [] }),
    'resources/templates/list': () => complete({ resourceTemplates: [] }),
    'prompts/list': () => complete({ prompts: [{ name: 'p' }] }),
    'prompts/get': () => complete({ messages: [] }),
    'tools/call': ({ params }) => {
      const [said] = Object.keys(params['arguments'] as JsonObject);
      if (said === 'none') return complete({ content });
      if (said === 'fails') return complete({ isError: true, content });
      return complete({ content, _meta: { [COST]: 'nothing', 'example.com/own': 1 } });
    },
  });
}

describe('a plan that shows prices and costs', () => {
  let doors: RunningDoors;
  let upstream: FakeUpstream;
  let versions = 0;
  beforeEach(async () => {
    doors = await startDoors();
    upstream = shop();
    await doors.add('shop', upstream);
    const item = { kind: 'tool', service: 'shop', name: 'find', as: 'search' } as const;
    const bundle = { slug: 'desk', title: 'Desk', description: '', items: [item] };
    await doors.bundles.create(doors.tenant, bundle);
  });
  afterEach(() => doors[Symbol.asyncDispose]());

  const subscribe = (change: Partial<PlanTerms> = {}): void => {
    const version = {
      id: `plv_${++versions}`,
      terms: { ...terms, ...change },
    } as StoredPlanVersion;
    const { offer, shownCost } = compilePlan(version);
    doors.plan.offer = offer;
    doors.plan.shownCosts = { of: (tenant) => (tenant === 'ten_a' ? shownCost : undefined) };
  };
  const places = ['/mcp', '/mcp/shop', '/mcp/bundles/desk'] as const;
  const listed = async (place: string): Promise<readonly JsonObject[]> => {
    const { body } = await callModern(`${doors.url}${place}`, 'tools/list');
    return objectMember(body, 'result')?.['tools'] as readonly JsonObject[];
  };
  const call = async (args: JsonObject, method = 'tools/call', name = 'find') => {
    const params = { name, arguments: args };
    const { body } = await callModern(`${doors.url}/mcp/shop`, method, params);
    return objectMember(body, 'result') ?? {};
  };
  const costOf = (result: JsonObject): Json | undefined => objectMember(result, '_meta')?.[COST];

  test('says in every list what a call costs, whatever the service says of itself', async () => {
    subscribe();
    const prices = [
      {
        unit: 'call',
        model: 'graduated',
        tiers: [{ upTo: null, unitAmount: '0.5' }],
        dependsOn: ['arguments'],
      },
      { unit: 'byte_out', model: 'unit', unitAmount: '0.000000001' },
      { unit: 'call', model: 'unit', unitAmount: '0.002' },
    ];
    for (const place of places) {
      const [tool] = await listed(place);
      const expected = { 'example.com/own': 1, [PRICE]: { currency: 'EUR', prices } };
      assert.deepEqual(tool?.['_meta'], expected, place);
    }
  });

  test('says in results what they cost, and leaves all else as it was', async () => {
    subscribe();
    const bytes = Buffer.byteLength(JSON.stringify({ content }));
    const plain = await call({ none: 1 });
    assert.deepEqual(plain['content'], content);
    const ofBytes = (1_000_000_000 + bytes).toString().slice(1);
    const amount = (call: number): string =>
      `0.${(call + Number(ofBytes)).toString().padStart(9, '0')}`;
    assert.deepEqual(costOf(plain), { amount: amount(2_000_000), currency: 'EUR' });
    assert.equal(doors.usage.at(-1)?.bytesOut, bytes, 'what the gateway adds is not charged');
    const spoofed = await call({ own: 1 });
    assert.deepEqual(Object.keys(spoofed['_meta'] as JsonObject).toSorted(), [
      'example.com/own',
      COST,
    ]);
    assert.match((costOf(spoofed) as { amount: string }).amount, /^0\.002/);
    assert.match((costOf(await call({ fails: 1 })) as { amount: string }).amount, /^0\.002/);
    assert.equal(costOf(await call({}, 'prompts/get', 'p')), undefined, 'it costs nothing');
    subscribe({ rules: [ruleOf('prompts', { match: { methods: ['prompts/get'] } })] });
    const prompt = costOf(await call({}, 'prompts/get', 'p'));
    assert.deepEqual(prompt, { amount: '0.002', currency: 'EUR' });
    assert.deepEqual(costOf(await call({ none: 1 })), { amount: '0.00', currency: 'EUR' });
  });

  test('says where an amount is not certain, and what is left in a wallet', async () => {
    subscribe({ rules: [ruleOf('some', { price: graduated })] });
    const { shownCosts } = doors.plan;
    doors.plan.shownCosts = { ...shownCosts, balanceOf: () => 12_345_000_000n };
    assert.deepEqual(costOf(await call({ none: 1 })), {
      amount: '0.50',
      currency: 'EUR',
      estimate: true,
      balance: '12.345',
    });
  });

  test('and one that does not changes nothing, in lists and in results', async () => {
    const before = upstream.requests.length;
    for (const showing of [undefined, {}]) {
      if (showing !== undefined) subscribe({ showPrices: false, showCost: false });
      const [whole, identity] = [await listed('/mcp'), await listed('/mcp/shop')];
      assert.deepEqual(whole[0]?.['_meta'], own);
      assert.deepEqual(identity[0]?.['_meta'], own);
      assert.equal(costOf(await call({ none: 1 })), undefined);
      assert.equal(costOf(await call({ own: 1 })), 'nothing');
    }
    const lists = upstream.requests.slice(before).filter(({ method }) => method === 'tools/list');
    assert.ok(lists.length > 0, 'its own list is asked of the service itself');
  });

  test('knows of no tool that it does not include', async () => {
    subscribe({ includes: { tools: ['shop__other*'] } });
    assert.deepEqual(await listed('/mcp'), []);
    const params = { name: 'shop__find', arguments: {} };
    const absent = await callModern(`${doors.url}/mcp`, 'tools/call', params);
    assert.equal(errorCode(absent), -32602);
    assert.equal((await callModern(`${doors.url}/mcp/shop`, 'tools/list')).status, 404);
    subscribe({ includes: { tools: ['shop__f*d'] } });
    assert.equal((await listed('/mcp/shop')).length, 1);
    assert.notEqual(costOf(await call({ none: 1 })), undefined);
  });
});
