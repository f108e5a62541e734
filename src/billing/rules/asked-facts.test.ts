import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BillingRule, BillingUnit, RuleMatch } from '../plans/plan.ts';
import { askedFacts } from './asked-facts.ts';

const rule = (match: RuleMatch, unit: BillingUnit = 'call'): BillingRule => ({
  id: 'r',
  title: 'r',
  match,
  unit,
  price: { model: 'unit', unitAmount: '1' },
  priority: 0,
});

test('rules that look at names and outcomes ask nothing of a call', () => {
  assert.equal(askedFacts([]), undefined);
  const plain = [
    rule({ services: ['maps'], users: ['u'] }),
    rule({ outcomes: ['ok'] }, 'byte_out'),
  ];
  assert.equal(askedFacts(plain), undefined);
});

test('what rules name is asked, once', () => {
  const asked = askedFacts([
    rule({ roles: ['admin'], arguments: { region: ['eu'] } }),
    rule({ roles: ['admin', 'owner'], groups: ['grp_1'], arguments: { size: ['*'] } }),
  ]);
  assert.deepEqual(asked?.roles, ['admin', 'owner']);
  assert.deepEqual(asked?.groups, ['grp_1']);
  assert.deepEqual(asked?.arguments, ['region', 'size']);
  assert.equal(asked?.reports('maps', 'find'), false);
});

test('reports are read of the tools that a rule counts them of', () => {
  for (const unit of ['token:input', 'custom:pages', 'reported_price'] as const) {
    const asked = askedFacts([rule({ tools: ['maps__find*'] }, unit), rule({})]);
    assert.equal(asked?.reports('maps', 'find_all'), true);
    assert.equal(asked?.reports('maps', 'other'), false);
    assert.equal(asked?.reports('mail', 'find'), false);
  }
  assert.equal(
    askedFacts([rule({ methods: ['prompts/get'] }, 'custom:a')])?.reports('a', 'b'),
    false,
  );
});

test('long exchanges are recorded in parts where a rule charges what grows with them', () => {
  const asked = askedFacts([
    rule({ services: ['maps'] }, 'byte_out'),
    rule({}, 'stream_minute'),
    rule({ services: ['mail'], outcomes: ['ok'] }, 'millisecond'),
  ]);
  const call = { service: 'maps', tool: 'find', method: 'tools/call' };
  assert.equal(asked?.isInParts(call), true);
  assert.equal(asked?.isInParts({ ...call, service: 'mail' }), false, 'its end decides');
  const listen = { service: null, tool: null, method: 'subscriptions/listen' };
  assert.equal(asked?.isInParts(listen), true);
});
