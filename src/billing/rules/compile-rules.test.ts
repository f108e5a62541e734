import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { formatExact } from '../../kernel/exact.ts';
import { limits } from '../../kernel/limits.ts';
import { usageOutcomes, type UsageOutcome } from '../../metering/usage-fields.ts';
import type { BillingRule, BillingUnit, RuleMatch } from '../plans/plan.ts';
import { billableOutcomes } from './billed-quantity.ts';
import type { BillingFacts } from './billing-facts.ts';
import { methodsOf } from '../plans/methods-of.ts';
import { compileRules } from './compile-rules.ts';
import { specificityOf } from './specificity.ts';

const facts: BillingFacts = {
  service: 'maps',
  tool: 'find',
  method: 'tools/call',
  outcome: 'ok',
  user: 'usr_1',
  startedAtMs: Date.UTC(2026, 2, 4, 12),
  durationMs: 90_000.25,
  bytesIn: 120,
  bytesOut: 4_000,
  events: 3,
  roles: ['developer'],
  groups: ['grp_1'],
  arguments: { region: 'eu-west' },
  quantities: { 'custom:pages': '12.5', 'token:input': '1200', reported_price: '0.02 USD' },
};

function rule(id: string, match: RuleMatch, more: Partial<BillingRule> = {}): BillingRule {
  const price = { model: 'unit', unitAmount: '1' } as const;
  return { id, title: id, match, unit: 'call', price, priority: 0, ...more };
}

function hitIds(rules: readonly BillingRule[], change: Partial<BillingFacts> = {}): string[] {
  const hits = compileRules(rules, 'USD').hits({ ...facts, ...change });
  return hits.map((hit) => hit.rule.id);
}

/** Match, whether it meets the facts above, and facts that change the answer. */
const matches: readonly [RuleMatch, boolean, Partial<BillingFacts>][] = [
  [{}, true, { method: 'tools/list' }],
  [{ services: ['maps'] }, true, { service: 'map' }],
  [{ services: ['ma*'] }, true, { service: null }],
  [{ services: ['mail', '*ps'] }, true, { service: 'mapsy' }],
  [{ tools: ['maps__find'] }, true, { tool: 'find_all' }],
  [{ tools: ['maps__*'] }, true, { service: 'mail' }],
  [{ tools: ['*__find'] }, true, { tool: null }],
  [{ tools: ['m*s__f*d'] }, true, { tool: 'fund_all' }],
  [{ services: ['mail'], tools: ['maps__find'] }, false, {}],
  [{ tools: ['maps'] }, false, {}],
  [{ tools: ['maps__f?nd'] }, false, { tool: 'f?nd' }],
  [{ methods: ['prompts/get'] }, false, { method: 'prompts/get' }],
  [{ methods: ['*'] }, true, {}],
  [{ outcomes: ['ok', 'cancelled'] }, true, { outcome: 'tool_error' }],
  [{ users: ['usr_1', 'usr_2'] }, true, { user: 'usr_3' }],
  [{ roles: ['admin', 'developer'] }, true, { roles: [] }],
  [{ groups: ['grp_1'] }, true, { groups: ['grp_2'] }],
  [{ arguments: { region: ['eu-*'] } }, true, { arguments: {} }],
  [{ arguments: { region: ['eu-*'] } }, true, { arguments: { region: 'us-east' } }],
  [{ arguments: { region: ['*'], size: ['*'] } }, false, { arguments: { region: '', size: 'l' } }],
  [{ arguments: { toString: ['*'] } }, false, {}],
  [{ windows: [{ timeZone: 'UTC', weekdays: [3] }] }, true, { startedAtMs: Date.UTC(2026, 2, 5) }],
];

describe('which rules an exchange is charged by', () => {
  for (const [match, isMet, change] of matches) {
    it(`${JSON.stringify(match)} against ${JSON.stringify(change)}`, () => {
      assert.deepEqual(hitIds([rule('a', match)]), isMet ? ['a'] : []);
      if (Object.keys(change).length > 0) {
        const isMetThen = JSON.stringify(match) === '{"methods":["*"]}' ? isMet : !isMet;
        assert.deepEqual(hitIds([rule('a', match)], change), isMetThen ? ['a'] : []);
      }
    });
  }

  it('the narrower rule decides, then priority, then the id', () => {
    const order = [
      rule('tool', { tools: ['maps__find'] }),
      rule('tool-start-long', { tools: ['maps__fi*'] }),
      rule('tool-start', { tools: ['maps__*'] }),
      rule('service-for-user', { services: ['maps'], users: ['usr_1'] }),
      rule('service-high', { services: ['maps'] }, { priority: 9 }),
      rule('service-a', { services: ['maps'] }),
      rule('service-b', { services: ['maps'] }),
      rule('service-start', { services: ['ma*'] }, { priority: 1_000 }),
      rule('anything', {}, { priority: 1_000 }),
    ];
    for (let from = 0; from < order.length; from++) {
      const rest = order.slice(from);
      assert.deepEqual(hitIds(rest.toReversed()), [rest[0]?.id]);
    }
  });

  it('a rule with several patterns is as narrow as its widest', () => {
    const rules = [
      rule('both', { tools: ['maps__find', 'mail__*'] }),
      rule('start', { tools: ['maps__f*'] }),
    ];
    assert.deepEqual(hitIds(rules), ['start']);
  });

  it('each unit has a rule of its own', () => {
    const units: readonly [BillingUnit, string][] = [
      ['call', '1'],
      ['success', '1'],
      ['millisecond', '90000.25'],
      ['byte_in', '120'],
      ['byte_out', '4000'],
      ['event', '3'],
      ['token:input', '1200'],
      ['custom:pages', '12.5'],
      ['reported_price', '0.02'],
    ];
    const rules = units.map(([unit]) => rule(unit, {}, { unit }));
    const hits = compileRules(rules, 'USD').hits(facts);
    const counted = hits.map((hit) => [hit.rule.unit, formatExact(hit.quantity)]);
    assert.deepEqual(new Map(counted as [string, string][]), new Map(units));
    const stream = compileRules([rule('s', {}, { unit: 'stream_minute' })], 'USD');
    assert.deepEqual(stream.hits(facts), []);
    const [minutes] = stream.hits({ ...facts, method: 'subscriptions/listen', durationMs: 90_000 });
    assert.equal(minutes && formatExact(minutes.quantity), '1.5');
  });

  it('what there is nothing of is not charged, nor a price in another currency', () => {
    const unit = (name: BillingUnit): BillingRule => rule(name, {}, { unit: name });
    assert.deepEqual(hitIds([unit('event')], { events: 0 }), []);
    assert.deepEqual(hitIds([unit('custom:images')]), []);
    assert.deepEqual(compileRules([unit('reported_price')], 'EUR').hits(facts), []);
  });

  it('an outcome that the deciding rule is not paid for costs nothing', () => {
    const rules = [
      rule('search', { tools: ['maps__find'] }, { billableOutcomes: ['ok'] }),
      rule('rest', {}, { billableOutcomes: ['ok', 'tool_error'] }),
    ];
    assert.deepEqual(hitIds(rules, { outcome: 'tool_error' }), []);
    assert.deepEqual(hitIds(rules, { outcome: 'tool_error', tool: 'other' }), ['rest']);
  });

  it('every outcome is paid for as its unit implies, unless the rule says', () => {
    const paid = (more: Partial<BillingRule>, match: RuleMatch = {}): readonly UsageOutcome[] =>
      usageOutcomes.filter((outcome) => hitIds([rule('a', match, more)], { outcome }).length > 0);
    assert.deepEqual(paid({ unit: 'call' }), ['ok', 'tool_error']);
    assert.deepEqual(paid({ unit: 'success' }), ['ok']);
    assert.deepEqual(paid({ unit: 'reported_price' }), ['ok']);
    const used = ['ok', 'tool_error', 'cancelled', 'upstream_lost'];
    for (const unit of ['byte_out', 'millisecond', 'event'] as const) {
      assert.deepEqual(paid({ unit }), [...used, 'part']);
    }
    assert.deepEqual(paid({ unit: 'token:input' }), used, 'known at the end alone');
    assert.deepEqual(paid({ billableOutcomes: ['cache_hit', 'rejected'] }), ['cache_hit']);
    assert.deepEqual(paid({}, { outcomes: ['timeout', 'rejected'] }), ['timeout']);
  });
});

const texts = <Text extends string>(...all: readonly Text[]): fc.Arbitrary<Text[]> =>
  fc.subarray([...all], { minLength: 1 });

const anyMatch: fc.Arbitrary<RuleMatch> = fc.record(
  {
    services: texts('maps', 'ma*', 'mail', '*', 'm*l'),
    tools: texts('maps__find', 'maps__*', '*__find', 'ma*__f*', 'mail__send', '*'),
    methods: texts('tools/call', 'tools/*', 'prompts/get'),
    outcomes: texts('ok', 'tool_error', 'cache_hit'),
    roles: texts('admin', 'developer'),
    users: texts('usr_1', 'usr_2'),
    arguments: fc.record({ region: texts('eu', 'u*') }),
  },
  { requiredKeys: [] },
);

const anyRules = fc
  .array(
    fc.record({
      match: anyMatch,
      unit: fc.constantFrom<BillingUnit>('call', 'byte_out', 'custom:pages'),
      priority: fc.integer({ min: 0, max: 2 }),
    }),
    { maxLength: 12 },
  )
  .map((made) => made.map(({ match, ...more }, at) => rule(`r${at}`, match, more)));

const anyFacts: fc.Arbitrary<BillingFacts> = fc
  .record({
    service: fc.constantFrom(null, 'maps', 'mail', 'main'),
    tool: fc.constantFrom(null, 'find', 'send'),
    method: fc.constantFrom('tools/call', 'tools/list', 'prompts/get'),
    outcome: fc.constantFrom<UsageOutcome>('ok', 'tool_error', 'cache_hit', 'rejected'),
    user: fc.constantFrom('usr_1', 'usr_2', 'usr_3'),
    roles: fc.subarray(['admin', 'developer', 'viewer']),
    arguments: fc.constantFrom({}, { region: 'eu' }, { region: 'us' }),
  })
  .map((change) => ({ ...facts, ...change }));

/** The same without an index: every rule is tried, and the first of those that match decides. */
function naiveHits(rules: readonly BillingRule[], asked: BillingFacts): string[] {
  const glob = (patterns: readonly string[], text: string | null): boolean =>
    text !== null &&
    patterns.some((one) => new RegExp(`^${one.split('*').join('.*')}$`, 's').test(text));
  const tool =
    asked.service === null || asked.tool === null ? null : `${asked.service}__${asked.tool}`;
  const isMet = (one: BillingRule): boolean => {
    const { services, tools, outcomes, roles, users } = one.match;
    return (
      (services === undefined || glob(services, asked.service)) &&
      (tools === undefined || glob(tools, tool)) &&
      glob(methodsOf(one), asked.method) &&
      (outcomes === undefined || outcomes.includes(asked.outcome)) &&
      (roles === undefined || roles.some((role) => asked.roles.includes(role))) &&
      (users === undefined || users.includes(asked.user)) &&
      Object.entries(one.match.arguments ?? {}).every(([name, patterns]) =>
        glob(patterns, asked.arguments[name] ?? null),
      )
    );
  };
  const winners = new Map<string, BillingRule>();
  for (const one of rules.filter(isMet)) {
    const best = winners.get(one.unit);
    if (best === undefined || isBefore(one, best)) winners.set(one.unit, one);
  }
  const paid = [...winners.values()].filter((one) => billableOutcomes(one).has(asked.outcome));
  return paid.map(({ id }) => id).toSorted();
}

function isBefore(one: BillingRule, other: BillingRule): boolean {
  const rank = ({ match, priority }: BillingRule): number[] => [...specificityOf(match), priority];
  const [left, right] = [rank(one), rank(other)];
  const differs = left.findIndex((number, at) => number !== right[at]);
  return differs === -1 ? one.id < other.id : (left[differs] ?? 0) > (right[differs] ?? 0);
}

describe('the index of rules', () => {
  it('finds what trying every rule finds', () => {
    fc.assert(
      fc.property(anyRules, fc.array(anyFacts, { maxLength: 6 }), (rules, asked) => {
        const compiled = compileRules(rules, 'USD');
        for (const one of [...asked, ...asked]) {
          const ids = compiled.hits(one).map((hit) => hit.rule.id);
          assert.deepEqual(ids.toSorted(), naiveHits(rules, one));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('answers within microseconds with 1,000 rules', () => {
    const rules = Array.from({ length: 1_000 }, (_, at) =>
      rule(`r${at}`, at % 3 === 0 ? { tools: [`maps__find${at}*`] } : { tools: [`maps__t${at}`] }),
    );
    const compiled = compileRules([...rules, rule('rest', {})], 'USD');
    const asked = Array.from({ length: 100 }, (_, at) => ({ ...facts, tool: `t${at * 7 + 1}` }));
    for (const one of asked) assert.equal(compiled.hits(one).length, 1);
    let bestMs = Infinity;
    for (let round = 0; round < 50; round++) {
      const beganMs = performance.now();
      for (const one of asked) compiled.hits(one);
      bestMs = Math.min(bestMs, performance.now() - beganMs);
    }
    // A machine that does other things as well must not fail it: ten times what it takes.
    assert.ok(bestMs < asked.length * 0.01, `${(bestMs * 1_000) / asked.length} µs a look-up`);
  });

  it('keeps no more names than it may', () => {
    const compiled = compileRules([rule('a', { tools: ['maps__t*'] })], 'USD');
    for (let at = 0; at <= limits.billingNamesKeptMax + 1; at++) {
      assert.equal(compiled.hits({ ...facts, tool: `t${at}` }).length, 1);
    }
  });
});

describe('rules that may decide before the outcome is known', () => {
  const idsOf = (rules: readonly BillingRule[], change: Partial<BillingFacts> = {}) =>
    compileRules(rules, 'USD')
      .mayDecide({ ...facts, ...change })
      .map((contest) => contest.map(({ id }) => id));

  it('are those of each unit up to the first that asks for no outcome', () => {
    const rules = [
      rule('late', { tools: ['maps__find'], outcomes: ['cancelled'] }),
      rule('theirs', { tools: ['maps__find'], users: ['usr_2'] }),
      rule('call', { tools: ['maps__*'] }),
      rule('rest', {}),
      rule('bytes', {}, { unit: 'byte_out' }),
      rule('never', {}, { unit: 'byte_in', billableOutcomes: [] }),
    ];
    assert.deepEqual(idsOf(rules), [['late', 'call'], ['bytes'], []]);
    const [calls] = idsOf(rules, { user: 'usr_2' });
    assert.deepEqual(calls, ['late', 'theirs']);
  });

  it('have among them whatever an exchange is charged by', () => {
    const arbitraryRules = fc.array(
      fc.record({
        outcomes: fc.option(fc.subarray([...usageOutcomes], { minLength: 1 }), { nil: undefined }),
        users: fc.option(fc.constantFrom(['usr_1'], ['usr_2']), { nil: undefined }),
        unit: fc.constantFrom<BillingUnit>('call', 'success', 'byte_out'),
        priority: fc.nat(2),
      }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(arbitraryRules, fc.constantFrom(...usageOutcomes), (given, outcome) => {
        const rules = given.map(({ outcomes, users, unit, priority }, at) => {
          const match = { ...(outcomes && { outcomes }), ...(users && { users }) };
          return rule(`rule-${at}`, match, { unit, priority });
        });
        const may = idsOf(rules).flat();
        for (const id of hitIds(rules, { outcome })) assert.ok(may.includes(id), id);
      }),
    );
  });
});
