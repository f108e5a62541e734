import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import type { BillingRule, PlanTerms, RuleMatch } from '../plans/plan.ts';
import { offerOf } from './offer.ts';

const rule = (id: string, match: RuleMatch, change: Partial<BillingRule> = {}): BillingRule => ({
  id,
  title: id,
  match,
  unit: 'call',
  price: { model: 'unit', unitAmount: '1' },
  priority: 0,
  ...change,
});

const terms = (change: Partial<PlanTerms>): PlanTerms => ({
  currency: 'USD',
  period: { unit: 'month', count: 1 },
  rules: [],
  recurring: [],
  rounding: { mode: 'half_even', at: 'line' },
  ...change,
});

test('a plan that limits and shows nothing offers nothing', () => {
  assert.equal(offerOf('plv_1', terms({})), undefined);
  assert.equal(offerOf('plv_1', terms({ showPrices: false, showCost: true })), undefined);
});

test('what is included is one layer, of services and of tools', () => {
  const both = { services: ['maps'], tools: ['mail__get*'] };
  const offer = offerOf('plv_1', terms({ includes: both }));
  assert.deepEqual(offer, {
    digest: 'plv_1',
    includes: [{ services: ['maps'] }, { tools: ['mail__get*'] }],
    priceOf: undefined,
  });
  const some = offerOf('plv_2', terms({ includes: { services: ['maps'] }, showPrices: true }));
  assert.deepEqual(some?.includes, [{ services: ['maps'] }]);
  assert.notEqual(some?.priceOf, undefined);
});

test('a price list names what may decide, in its order, and nobody', () => {
  const windows = [{ timeZone: 'UTC', weekdays: [6] }];
  const offer = offerOf(
    'plv_1',
    terms({
      showPrices: true,
      rules: [
        rule('rest', {}),
        rule('never', {}, { priority: -1 }),
        rule('secret', { tools: ['maps__find'], users: ['usr_1'], windows }),
        rule('maps', { services: ['maps'] }),
        rule('time', { outcomes: ['ok'] }, { unit: 'millisecond', transform: { minimum: '10' } }),
        rule('prompts', { methods: ['prompts/get'] }),
      ],
    }),
  );
  const call = { unit: 'call', model: 'unit', unitAmount: '1' };
  const time = {
    ...call,
    unit: 'millisecond',
    transform: { minimum: '10' },
    dependsOn: ['outcome'],
  };
  assert.deepEqual(offer?.priceOf?.('maps', 'find'), {
    currency: 'USD',
    prices: [{ ...call, dependsOn: ['caller', 'time'] }, call, time],
  });
  assert.deepEqual(offer?.priceOf?.('mail', 'get'), { currency: 'USD', prices: [time, call] });
  const free = offerOf('plv_1', terms({ showPrices: true }));
  assert.deepEqual(free?.priceOf?.('a', 'b'), { currency: 'USD', prices: [] });
});

test('prices of billingNamesKeptMax tools are kept', () => {
  const offer = offerOf('plv_1', terms({ showPrices: true, rules: [rule('all', {})] }));
  const price = (at: number) => offer?.priceOf?.('maps', `t${at}`);
  const first = price(0);
  for (let at = 0; at < limits.billingNamesKeptMax; at++) price(at);
  assert.equal(price(0), first);
  price(limits.billingNamesKeptMax);
  assert.notEqual(price(0), first);
});
