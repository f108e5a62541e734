import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { subscribe } from '../../support/billed-gateway.ts';
import { ruleOf } from '../../support/billing-world.ts';
import { until } from '../../support/until.ts';
import { calling, startWiredGateway, type WiredGateway } from './start-wired-gateway.ts';

/** What a step of these models costs: 100 tokens in, 10 out, at 1 and 2 dollars a million. */
const STEP_NANO = 120_000n;
const cities = ['Bern', 'Rome', 'Oslo', 'Kyiv', 'Riga', 'Bonn', 'Lima', 'Cork', 'Nice'];

describe('what chats may cost, through a whole gateway', () => {
  let world: WiredGateway;
  before(async () => {
    world = await startWiredGateway({
      MCP_GATEWAY_CHAT_RUN_COST_MAX: '0.0005 USD',
      MCP_GATEWAY_CHAT_CONVERSATION_COST_MAX: '0.0009 USD',
    });
    world.script(
      'go',
      cities.map((city) => calling(['weather', { city }])),
    );
  });
  after(() => world?.[Symbol.asyncDispose]());

  /** Asks, and asserts how many steps were asked for until money ended it. */
  async function spend(steps: number, more: object = {}) {
    const earlier = world.models.received().length;
    const said = await world.say('openai_chat', 'go question', more);
    assert.deepEqual([said.status, said.stop_reason], ['finished', 'cost']);
    assert.equal(world.models.received().length - earlier, steps);
    const [amount] = said.cost.amounts as readonly { readonly amount: string }[];
    assert.equal(nanoOf(amount?.amount ?? '0'), BigInt(steps) * STEP_NANO);
    return said;
  }

  it('a run, and all runs of a conversation: to the limit and one step, no further', async () => {
    const { session_id } = await spend(5);
    await spend(3, { session_id });
    await spend(0, { session_id });
    await spend(5);
  });

  it('as little as the caller asks, and no more than the gateway allows', async () => {
    const cost = (amount: string) => ({ amount, currency: 'USD' });
    const { session_id } = await spend(1, { limits: { cost: cost('0.0001') } });
    await spend(1, { session_id, limits: { conversation_cost: cost('0.0002') } });
    await spend(5, { limits: { cost: cost('5'), conversation_cost: cost('5') } });
    const foreign = { limits: { cost: { amount: '5', currency: 'EUR' } } };
    assert.equal((await spend(0, foreign)).error?.code, 'price_unbounded');
  });

  it('a user and a tenant, by the budgets of the plan', async () => {
    const price = { model: 'percentage', ratePercent: '100' } as const;
    const rule = {
      ...ruleOf('steps', 'reported_price', price),
      match: { methods: ['chat/step'] },
      holdMaximum: '0.0002',
    };
    await subscribe(world.gateway, [rule]);
    const me = await world.call<{ id: string }>('GET', '/api/v1/me');
    for (const [name, scope, limit, steps] of [
      ['Ada', { userId: me.id }, '0.0003', 1],
      ['All', {}, '0.0005', 3],
    ] as const) {
      const body = { name, unit: 'money', currency: 'USD', limit, scope, window: 'none' };
      const path = '/api/v1/billing/budgets';
      const made = await world.call<{ id: string }>('POST', path, body);
      let said: Awaited<ReturnType<typeof world.say>> | undefined;
      // A new budget holds within a second or two.
      let earlier = 0;
      await until(async () => {
        earlier = world.models.received().length;
        said = await world.say('anthropic', 'go question');
        return said.error?.code === 'budget_exhausted';
      });
      assert.ok(world.models.received().length - earlier <= steps);
      assert.equal(said?.stop_reason, 'cost');
      assert.match(said?.error?.message ?? '', new RegExp(name));
      const response = await world.send('DELETE', `${path}/${made.id}`);
      assert.ok(response.ok);
    }
  });
});

function nanoOf(amount: string): bigint {
  const [whole = '0', part = ''] = amount.split('.');
  return BigInt(whole + part.padEnd(9, '0'));
}
