import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import type { Price, Tier } from '../rating/price.ts';
import { findTermsProblems } from './find-terms-problems.ts';
import type { BillingRule, PlanTerms } from './plan.ts';
import { planTermsSchema } from './plan-terms-schema.ts';

const rule: BillingRule = {
  id: 'calls',
  title: 'Calls',
  match: { tools: ['maps__*'] },
  unit: 'call',
  price: { model: 'unit', unitAmount: '0.001' },
  priority: 0,
};

const terms: PlanTerms = {
  currency: 'USD',
  period: { unit: 'month', count: 1 },
  rules: [rule],
  recurring: [],
  rounding: { mode: 'half_even', at: 'line' },
};

const withRule = (change: Partial<BillingRule>): PlanTerms => ({
  ...terms,
  rules: [{ ...rule, ...change }],
});

const tiered = (...tiers: readonly Tier[]): PlanTerms =>
  withRule({ price: { model: 'graduated', tiers } });

const priced = (price: Price): PlanTerms => withRule({ price });

/** Terms of the right shape that cannot be published: the field, and a part of what is said. */
const unsound: readonly [string, PlanTerms, string, RegExp][] = [
  ['a currency', { ...terms, currency: 'XQZ' }, 'currency', /no currency: XQZ/],
  [
    'a gap at the top',
    tiered({ upTo: '100', unitAmount: '1' }, { upTo: '1000', unitAmount: '0.5' }),
    'rules[0].price.tiers[1].upTo',
    /gap: what is above 1000 has no price/,
  ],
  [
    'tiers that overlap',
    tiered({ upTo: '100', unitAmount: '1' }, { upTo: '100.0', unitAmount: '1' }, last('0')),
    'rules[0].price.tiers[1].upTo',
    /ends at 100\.0, and the tier before it at 100 already: they overlap/,
  ],
  [
    'an open tier that is not the last',
    tiered(last('1'), { upTo: '5', unitAmount: '1' }, last('2')),
    'rules[0].price.tiers[0].upTo',
    /no end/,
  ],
  ['a tier without a price', tiered({ upTo: null }), 'rules[0].price.tiers[0]', /no price/],
  [
    'packages without a price',
    tiered({ upTo: null, flatAmount: '1', packageSize: '10' }),
    'rules[0].price.tiers[0].packageSize',
    /nothing says what it costs/,
  ],
  [
    'a maximum below the minimum',
    priced({ model: 'unit', unitAmount: '1', minimum: '10', maximum: '9.99' }),
    'rules[0].price.maximum',
    /less than minimum, 10/,
  ],
  [
    'a share of calls',
    priced({ model: 'percentage', ratePercent: '3' }),
    'rules[0].price',
    /call is none/,
  ],
  [
    'both promises',
    priced({ model: 'unit', unitAmount: '1', commitment: { amount: '1', quantity: '2' } }),
    'rules[0].price.commitment',
    /twice/,
  ],
  [
    'a reported price without an upper bound',
    withRule({ unit: 'reported_price' }),
    'rules[0].holdMaximum',
    /known only after/,
  ],
  [
    'two rules of one id',
    { ...terms, rules: [rule, { ...rule, priority: 1 }] },
    'rules[1].id',
    /rules\[0\] already/,
  ],
  [
    'two rules about the same',
    {
      ...terms,
      rules: [
        { ...rule, match: { tools: ['a__b', 'c__d'] } },
        { ...rule, id: 'b', match: { methods: ['tools/call'], tools: ['c__d', 'a__b'] } },
      ],
    },
    'rules[1].match',
    /what rules\[0\] \(calls\) matches/,
  ],
  [
    'an unknown zone',
    withRule({ match: { windows: [{ timeZone: 'Mars/Base' }] } }),
    'rules[0].match.windows[0].timeZone',
    /Mars\/Base/,
  ],
  [
    'a window of no length',
    withRule({ match: { windows: [{ timeZone: 'UTC', from: '08:00', to: '08:00' }] } }),
    'rules[0].match.windows[0].to',
    /where the window begins/,
  ],
];

function last(unitAmount: string): Tier {
  return { upTo: null, unitAmount };
}

describe('terms that cannot be published', () => {
  for (const [name, given, field, says] of unsound) {
    it(name, () => {
      assert.ok(planTermsSchema.safeParse(given).success, 'the shape is right');
      const found = findTermsProblems(given);
      const problem = found.find((one) => one.field === field);
      assert.match(problem?.problem ?? JSON.stringify(found), says);
      assert.ok((problem?.fix ?? '').length > 0);
    });
  }

  it('sound terms have no problem', () => {
    const sound: PlanTerms = {
      ...terms,
      rules: [
        rule,
        { ...rule, id: 'higher', priority: 1 },
        { ...rule, id: 'bytes', unit: 'byte_out' },
        { ...rule, id: 'users', match: { ...rule.match, users: ['usr_1'] } },
        {
          ...rule,
          id: 'resold',
          unit: 'reported_price',
          holdMaximum: '1',
          price: { model: 'percentage', ratePercent: '120', minimumPerEvent: '0.01' },
        },
        {
          ...rule,
          id: 'tiers',
          match: { windows: [{ timeZone: 'UTC', from: '22:00', to: '06:00' }] },
          price: {
            model: 'volume',
            tiers: [{ upTo: '10', flatAmount: '0' }, last('0.5')],
            minimum: '1',
            maximum: '1',
          },
        },
      ],
      recurring: [
        {
          id: 'base',
          title: 'Base fee',
          amount: '20',
          quantity: '1',
          due: 'in_advance',
          proration: 'by_day',
        },
      ],
    };
    assert.deepEqual(planTermsSchema.parse(sound), sound);
    assert.deepEqual(findTermsProblems(sound), []);
  });
});

/** Values that have not the shape of terms, and where that is seen. */
const misshapen: readonly [unknown, string][] = [
  [priced({ model: 'unit', unitAmount: '-1' }), 'rules.0.price.unitAmount'],
  [priced({ model: 'unit', unitAmount: '1e3' }), 'rules.0.price.unitAmount'],
  [priced({ model: 'unit', unitAmount: 0.1 as never }), 'rules.0.price.unitAmount'],
  [
    priced({ model: 'package', packageSize: '0.0', packageAmount: '1' }),
    'rules.0.price.packageSize',
  ],
  [priced({ model: 'dice' } as never), 'rules.0.price.model'],
  [tiered({ upTo: '-5', unitAmount: '1' }), 'rules.0.price.tiers.0.upTo'],
  [withRule({ unit: 'tokens' as never }), 'rules.0.unit'],
  [withRule({ unit: 'custom:Pages' }), 'rules.0.unit'],
  [withRule({ match: { outcomes: ['rejected'] } }), 'rules.0.match.outcomes.0'],
  [withRule({ billableOutcomes: ['rejected'] }), 'rules.0.billableOutcomes.0'],
  [withRule({ match: { tools: [] } }), 'rules.0.match.tools'],
  [
    withRule({ match: { windows: [{ timeZone: 'UTC', from: '25:00' }] } }),
    'rules.0.match.windows.0.from',
  ],
  [{ ...terms, period: { unit: 'month', count: 0 } }, 'period.count'],
  [{ ...terms, currency: 'usd' }, 'currency'],
  [{ ...terms, more: 1 }, ''],
];

describe('values that have not the shape of terms', () => {
  for (const [value, path] of misshapen) {
    it(`is seen at ${path}: ${JSON.stringify(value).slice(-160)}`, () => {
      const { error } = planTermsSchema.safeParse(value);
      assert.deepEqual(
        error?.issues.map((issue) => issue.path.join('.')),
        [path],
      );
    });
  }
});

describe('limits of terms', () => {
  const many = <One>(count: number, make: (at: number) => One): One[] =>
    Array.from({ length: count }, (_, at) => make(at));
  const takes = (value: unknown): boolean => planTermsSchema.safeParse(value).success;

  test('rules, charges and tiers', () => {
    const rules = (count: number) => ({
      ...terms,
      rules: many(count, (at) => ({ ...rule, id: `r${at}` })),
    });
    assert.ok(takes(rules(limits.rulesPerVersionMax)));
    assert.ok(!takes(rules(limits.rulesPerVersionMax + 1)));
    const charge = { title: 'x', amount: '1', quantity: '1' } as const;
    const due = { due: 'in_arrears', proration: 'none' } as const;
    const recurring = (count: number) => ({
      ...terms,
      recurring: many(count, (at) => ({ ...charge, ...due, id: `r${at}` })),
    });
    assert.ok(takes(recurring(limits.recurringChargesMax)));
    assert.ok(!takes(recurring(limits.recurringChargesMax + 1)));
    const tiers = (count: number) => tiered(...many(count, () => last('1')));
    assert.ok(takes(tiers(limits.tiersPerPriceMax)));
    assert.ok(!takes(tiers(limits.tiersPerPriceMax + 1)));
  });

  test('what a rule looks at', () => {
    const names = (count: number, length: number) =>
      withRule({ match: { services: many(count, () => 'x'.repeat(length)) } });
    assert.ok(takes(names(limits.ruleNamesMax, limits.ruleNameLengthMax)));
    assert.ok(!takes(names(limits.ruleNamesMax + 1, 1)));
    assert.ok(!takes(names(1, limits.ruleNameLengthMax + 1)));
    const given = (count: number) =>
      withRule({
        match: { arguments: Object.fromEntries(many(count, (at) => [`a${at}`, ['*']])) },
      });
    assert.ok(takes(given(limits.ruleArgumentsMax)));
    assert.ok(!takes(given(limits.ruleArgumentsMax + 1)));
    const windows = (count: number) =>
      withRule({ match: { windows: many(count, () => ({ timeZone: 'UTC' })) } });
    assert.ok(takes(windows(limits.ruleWindowsMax)));
    assert.ok(!takes(windows(limits.ruleWindowsMax + 1)));
  });

  test('digits of an amount', () => {
    const amount = (whole: number, decimals: number) =>
      priced({ model: 'unit', unitAmount: `${'9'.repeat(whole)}.${'9'.repeat(decimals)}` });
    assert.ok(takes(amount(limits.amountDigitsMax, limits.amountDecimalsMax)));
    assert.ok(!takes(amount(limits.amountDigitsMax + 1, 1)));
    assert.ok(!takes(amount(1, limits.amountDecimalsMax + 1)));
  });
});
