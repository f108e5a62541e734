import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { exactOf, toNano } from '../../kernel/exact.ts';
import { formatMoney } from '../../kernel/money.ts';
import type { BillingRule } from '../plans/plan.ts';
import { advance, openState } from '../rating/advance.ts';
import type { Price } from '../rating/price.ts';
import type { BillingFacts } from '../rules/billing-facts.ts';
import { compileRules } from '../rules/compile-rules.ts';
import { callCost } from './call-cost.ts';

const facts: BillingFacts = {
  service: 'maps',
  tool: 'find',
  method: 'tools/call',
  outcome: 'ok',
  user: 'usr_1',
  startedAtMs: 1,
  durationMs: 1,
  bytesIn: 1,
  bytesOut: 1,
  events: 0,
  roles: [],
  groups: [],
  arguments: {},
  quantities: { 'custom:pages': '3' },
};

const ruleOf = (id: string, price: Price, more: Partial<BillingRule> = {}): BillingRule => ({
  id,
  title: id,
  match: {},
  unit: 'custom:pages',
  price,
  priority: 0,
  ...more,
});

/** What three pages cost, and whether that is certain. */
const cases: readonly [Price, string, boolean][] = [
  [{ model: 'unit', unitAmount: '0.1' }, '0.30', true],
  [{ model: 'unit', unitAmount: '0.1', minimum: '5' }, '0.30', true],
  [{ model: 'unit', unitAmount: '0.1', included: '100' }, '0.30', false],
  [{ model: 'unit', unitAmount: '0.1', maximum: '0.2' }, '0.30', false],
  [{ model: 'unit', unitAmount: '0.1', commitment: { amount: '9' } }, '0.30', false],
  [{ model: 'unit', unitAmount: '0.0000000001' }, '0.00', false],
  [{ model: 'flat', amount: '20' }, '0.00', false],
  [{ model: 'package', packageSize: '1000', packageAmount: '5' }, '0.015', false],
  [{ model: 'graduated', tiers: [{ upTo: '2', unitAmount: '1', flatAmount: '7' }] }, '3.00', false],
  [{ model: 'volume', tiers: [{ upTo: null, unitAmount: '4', packageSize: '2' }] }, '6.00', false],
  [{ model: 'percentage', ratePercent: '10', fixedAmount: '1' }, '1.30', true],
  [{ model: 'percentage', ratePercent: '10', minimumPerEvent: '2' }, '2.00', true],
  [{ model: 'percentage', ratePercent: '10', freeEvents: '9' }, '0.30', false],
];

describe('what one call costs', () => {
  for (const [price, amount, isCertain] of cases) {
    test(JSON.stringify(price), () => {
      const cost = callCost(compileRules([ruleOf('a', price)], 'USD'), facts);
      assert.deepEqual([formatMoney(cost.amount), !cost.isEstimate], [amount, isCertain]);
    });
  }

  test('is the sum of its units, changed as a rule says, and nothing without a rule', () => {
    const rules = [
      ruleOf('pages', { model: 'unit', unitAmount: '0.5' }, { transform: { minimum: '10' } }),
      ruleOf('calls', { model: 'unit', unitAmount: '0.25' }, { unit: 'call' }),
    ];
    const cost = (change: Partial<BillingFacts>) =>
      callCost(compileRules(rules, 'USD'), { ...facts, ...change });
    assert.deepEqual(cost({}), { amount: 5_250_000_000n, isEstimate: false });
    assert.deepEqual(cost({ method: 'tools/list' }), { amount: 0n, isEstimate: false });
    assert.deepEqual(cost({ outcome: 'upstream_error' }), { amount: 0n, isEstimate: false });
  });

  test('is what is posted for it, wherever its period stands, when it is certain', () => {
    const nano = fc.bigInt({ min: 0n, max: 10n ** 12n });
    const count = fc.bigInt({ min: 1n, max: 10n ** 6n });
    fc.assert(
      fc.property(nano, count, count, (unit, before, now) => {
        const price: Price = { model: 'unit', unitAmount: formatMoney(unit) };
        const quantities = { 'custom:pages': now.toString() };
        const rules = compileRules([ruleOf('a', price)], 'USD');
        const { amount, isEstimate } = callCost(rules, { ...facts, quantities });
        const first = advance(price, openState(price), { quantity: exactOf(before) });
        const then = advance(price, first, { quantity: exactOf(now) });
        assert.equal(isEstimate, false);
        assert.equal(amount, toNano(then.amount) - toNano(first.amount));
      }),
    );
  });
});
