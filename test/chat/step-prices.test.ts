import assert from 'node:assert/strict';
import { test } from 'node:test';
import { billingFacts } from '../../src/billing/rules/billing-facts.ts';
import { compileRules } from '../../src/billing/rules/compile-rules.ts';
import type { BillingRule } from '../../src/billing/plans/plan.ts';
import { createModelSteps, type ModelStepUsage } from '../../src/gateway/spending/model-steps.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import type { UsageRecord } from '../../src/metering/usage-fields.ts';
import { testPrincipal } from '../support/test-principal.ts';

const usage: ModelStepUsage = {
  inputTokens: 1_200,
  cachedTokens: 200,
  cacheWriteTokens: 0,
  outputTokens: 30,
  reasoningTokens: 10,
  isEstimated: false,
};

const rule = (id: string, unit: BillingRule['unit']): BillingRule =>
  ({
    id,
    match: { methods: ['chat/step'] },
    unit,
    price: { model: 'per_unit', amount: '1' },
    priority: 0,
  }) as unknown as BillingRule;

test('a price list counts the steps of models as it counts calls', async () => {
  const kept: UsageRecord[] = [];
  const steps = createModelSteps({
    usageLog: {
      append: (record) => Promise.resolve(void kept.push(record)),
      drain: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    nodeId: 'nod_1',
    ids: new IdSource(),
    now: () => 5,
  });
  const held = await steps.begin({ principal: testPrincipal(), model: 'p/one', bytesIn: 9 });
  const cost = { nano: 2_500_000n, currency: 'USD' };
  await held.settle({ outcome: 'ok', usage, cost, bytesOut: 7 });
  const [record] = kept;
  assert.ok(record !== undefined);
  assert.deepEqual([record.method, record.tool, record.serviceId], ['chat/step', 'p/one', null]);
  const rules = [
    rule('in', 'token:input'),
    rule('out', 'token:output'),
    rule('step', 'call'),
    rule('passed', 'reported_price'),
  ];
  const hits = compileRules(rules, 'USD').hits(billingFacts(record, new Map()));
  const counted = hits.map(({ rule, quantity }) => {
    return [rule.id, quantity.numerator / quantity.denominator];
  });
  assert.deepEqual(Object.fromEntries(counted), { in: 1_200n, out: 30n, step: 1n, passed: 0n });
  const passed = hits.find(({ rule }) => rule.id === 'passed')?.quantity;
  assert.equal((passed?.numerator ?? 0n) * 400n, passed?.denominator);
});
