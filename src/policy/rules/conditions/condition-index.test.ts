import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parseWithDigits } from '../../../kernel/json-digits.ts';
import type { ArgumentCondition } from '../../store.ts';
import { compileCondition } from './compile-condition.ts';
import { ConditionIndex } from './condition-index.ts';
import type { Verdict } from './verdict.ts';

interface Rule {
  readonly rule: { readonly conditions: readonly ArgumentCondition[] };
  readonly judge: (args: object) => Verdict;
}

const counted = { asked: 0 };

function ruleOf(conditions: readonly ArgumentCondition[]): Rule {
  const tests = conditions.map(compileCondition);
  const judge = (args: object): Verdict => {
    counted.asked++;
    const verdicts = tests.map((test) => test(args));
    if (verdicts.includes(false)) return false;
    return verdicts.includes(undefined) ? undefined : true;
  };
  return { rule: { conditions }, judge };
}

const long = '9007199254740993';
const texts = ['', 'a', 'ab', 'abc', 'b', '5', '-1', long, '0.50'];
const numbers = [0, 1, 5, -1, 0.5, 1e21, 9007199254740992];
const pointer = fc.constantFrom('', '/a', '/b', '/c', '/d', '/e', '/f', '/a/x', '/list/0', '/~2');
const value = fc.constantFrom(...texts, ...numbers, true, false, null);
const test: fc.Arbitrary<ArgumentCondition> = fc.oneof(
  fc.record({ pointer, is: fc.constantFrom('eq' as const, 'ne' as const), value }),
  fc.record({ pointer, is: fc.constant('in' as const), values: fc.array(value, { maxLength: 3 }) }),
  fc.record({
    pointer,
    is: fc.constantFrom('lt' as const, 'lte' as const, 'gt' as const, 'gte' as const),
    value: fc.constantFrom(...numbers, ...texts),
  }),
  fc.record({
    pointer,
    is: fc.constantFrom('prefix' as const, 'glob' as const),
    value: fc.constantFrom(...texts, '*', 'a*', '*b', 'a*c'),
  }),
  fc.record({ pointer, is: fc.constant('exists' as const), value: fc.boolean() }),
  fc.record({ pointer, is: fc.constant('length' as const), min: fc.nat(3) }),
);
const rules = fc.array(
  fc.array(test, { minLength: 1, maxLength: 3 }).map((conditions) => ruleOf(conditions)),
  { minLength: 5, maxLength: 40 },
);
/** As it is written in a request, so that long numbers come with their digits. */
const written = fc.constantFrom(
  ...texts.map((text) => JSON.stringify(text)),
  ...numbers.map(String),
  'true',
  'false',
  'null',
  '{"x":5}',
  '{}',
  '[1]',
  '[]',
  long,
  '5.0',
  '5e0',
  '0.50000000000000000000001',
  '1e400',
  '1e99999',
);
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'list', 'toString', '__proto__'];
const args = fc
  .dictionary(fc.constantFrom(...names), written)
  .map((members) =>
    Object.entries(members).map(([name, text]) => `${JSON.stringify(name)}:${text}`),
  )
  .map((members) => parseWithDigits(`{${members.join(',')}}`, 9) as object);

describe('an index of conditions', () => {
  it('finds the very rule that asking all of them finds first, whatever the arguments are', () => {
    let found = 0;
    let none = 0;
    fc.assert(
      fc.property(rules, fc.boolean(), fc.array(args, { maxLength: 8 }), (all, unknown, calls) => {
        const index = new ConditionIndex(all, unknown);
        for (const one of calls) {
          const expected = all.find(
            ({ judge }) => judge(one) === true || (unknown && judge(one) === undefined),
          );
          assert.equal(index.first(one), expected);
          if (expected === undefined) none++;
          else found++;
        }
      }),
      { numRuns: 3_000 },
    );
    assert.ok(Math.min(found, none) > 500, `${found} found, ${none} not`);
  });

  it('asks few of a thousand rules, by a value, a list, a start, a bound or a member', () => {
    const kinds: readonly ((at: number) => readonly ArgumentCondition[])[] = [
      (at) => [{ pointer: '/to', is: 'eq', value: `account-${at}` }],
      (at) => [{ pointer: '/to', is: 'in', values: [`account-${at}`, `other-${at}`] }],
      (at) => [{ pointer: '/to', is: 'prefix', value: `account-${at}/` }],
      (at) => [{ pointer: '/to', is: 'glob', value: `account-${at}/*` }],
      (at) => [{ pointer: '/amount', is: 'gt', value: 1_000 + at }],
      (at) => [{ pointer: '/amount', is: 'lt', value: -at }],
      (at) => [{ pointer: '/amount', is: 'eq', value: 1_000 + at }],
      (at) => [{ pointer: `/member-${at}`, is: 'exists', value: true }],
      (at) => [
        { pointer: '/amount', is: 'gt', value: 10 },
        { pointer: '/to', is: 'eq', value: `account-${at}` },
      ],
      (at) => [
        { pointer: '/extra', is: 'exists', value: true },
        { pointer: '/extra', is: 'gt', value: at },
      ],
    ];
    for (const [at, kind] of kinds.entries()) {
      const all = Array.from({ length: 1_000 }, (_, number) => ruleOf(kind(number)));
      const index = new ConditionIndex(all, true);
      counted.asked = 0;
      assert.equal(index.first({ to: 'somebody', amount: 500 }), undefined, `kind ${at}`);
      assert.ok(counted.asked <= 1, `kind ${at} asks ${counted.asked} rules`);
    }
  });
});
