import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parseWithDigits } from '../../../kernel/json-digits.ts';
import { limits } from '../../../kernel/limits.ts';
import type { ArgumentCondition, ConditionTest } from '../../store.ts';
import { compileCondition, conditionProblem } from './compile-condition.ts';

const judge = (condition: ConditionTest, value: unknown) =>
  compileCondition({ pointer: '/a', ...condition })({ a: value });

describe('a condition on arguments', () => {
  it('cannot be told of a member that is not there, inherited, or of another type', () => {
    const every: readonly ConditionTest[] = [
      { is: 'eq', value: 'x' },
      { is: 'ne', value: 'x' },
      { is: 'in', values: ['x'] },
      { is: 'lt', value: 1 },
      { is: 'prefix', value: 'x' },
      { is: 'glob', value: '*' },
      { is: 'pattern', value: '.*' },
      { is: 'length', min: 0 },
      { is: 'host', values: ['x'] },
      { is: 'cidr', values: ['10.0.0.0/8'] },
    ];
    for (const condition of every) {
      const one = { pointer: '/a', ...condition } as ArgumentCondition;
      assert.equal(compileCondition(one)({}), undefined, one.is);
      for (const value of [{}, true, null]) {
        assert.equal(judge(condition, value), undefined, `${one.is} ${JSON.stringify(value)}`);
      }
      const inherited = { ...one, pointer: '/toString' };
      assert.equal(compileCondition(inherited)({}), undefined, one.is);
    }
    assert.equal(judge({ is: 'eq', value: 1 }, '1'), undefined);
    assert.equal(judge({ is: 'ne', value: '1' }, 1), false, 'digits stand for a number');
    assert.equal(judge({ is: 'exists', value: false }, null), false);
    assert.equal(compileCondition({ pointer: '/b', is: 'exists', value: false })({}), true);
  });

  it('compares values of one type', () => {
    assert.equal(judge({ is: 'eq', value: null }, null), true);
    assert.equal(judge({ is: 'ne', value: 'prod' }, 'test'), true);
    assert.equal(judge({ is: 'in', values: ['a', 1, null] }, 1), true);
    assert.equal(judge({ is: 'in', values: ['a', 'b'] }, 'c'), false);
    assert.equal(judge({ is: 'in', values: ['a', 'b'] }, 7), undefined);
    assert.equal(judge({ is: 'prefix', value: 'ab' }, 'abc'), true);
    assert.equal(judge({ is: 'glob', value: 'a*c' }, 'abbc'), true);
    assert.equal(judge({ is: 'glob', value: 'a?c' }, 'abc'), false);
    assert.equal(judge({ is: 'pattern', value: '[a-z]+' }, 'abc'), true);
    assert.equal(judge({ is: 'pattern', value: '[a-z]+' }, 'abc1'), false, 'the whole text');
    assert.equal(judge({ is: 'length', min: 2, max: 3 }, [1, 2, 3, 4]), false);
    assert.equal(judge({ is: 'length', max: 3 }, 'abc'), true);
  });

  it('compares numbers by the digits that were written', () => {
    const judgeText = (condition: ConditionTest, digits: string) =>
      compileCondition({ pointer: '/a/0', ...condition })(
        parseWithDigits(`{"a":[${digits}]}`, 9) as object,
      );
    const long = '9007199254740993';
    assert.equal(judgeText({ is: 'gt', value: '9007199254740992' }, long), true);
    assert.equal(judgeText({ is: 'lte', value: '9007199254740992' }, long), false);
    assert.equal(judgeText({ is: 'eq', value: long }, long), true);
    assert.equal(
      judgeText({ is: 'gt', value: '0.12345678901234567' }, '0.1234567890123456789'),
      true,
    );
    assert.equal(judgeText({ is: 'lt', value: 0.3 }, '0.1234567890123456789'), true);
    assert.equal(judgeText({ is: 'gte', value: 100 }, '1e2'), true);
    assert.equal(judgeText({ is: 'lt', value: 5 }, '-1E+3'), true);
    assert.equal(judgeText({ is: 'gt', value: 5 }, '1e999999'), undefined, 'no number to compare');
  });

  it('orders as whole numbers of the same unit do', () => {
    const scaled = fc.tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(20));
    const text = ([whole, places]: [bigint, number]): string => `${whole}e-${places}`;
    fc.assert(
      fc.property(scaled, scaled, (one, other) => {
        const unit = ([whole, places]: [bigint, number]): bigint =>
          whole * 10n ** BigInt(20 - places);
        const args = parseWithDigits(`{"a":${text(one)}}`, 9) as { a: number };
        const test = compileCondition({ pointer: '/a', is: 'lt', value: text(other) });
        // A number whose rounded value is written alike is sent on like that.
        const exact = JSON.stringify(args.a) === text(one) || String(args.a).length > 16;
        fc.pre(exact);
        assert.equal(test(args), unit(one) < unit(other));
      }),
    );
  });

  it('reads hosts and addresses as a client would connect to them', () => {
    const host = (text: string) =>
      judge({ is: 'host', values: ['a.example', '*.b.example'] }, text);
    assert.equal(host('https://A.example:8443/x?y'), true);
    assert.equal(host('https://a.example./'), true);
    assert.equal(host('https://c.b.example/'), true);
    assert.equal(host('https://b.example/'), false);
    assert.equal(host('https://a.example@evil.example/'), false);
    assert.equal(host('https://evil.example/#@a.example'), false);
    assert.equal(host('a.example'), undefined);
    const cidr = (text: string) =>
      judge({ is: 'cidr', values: ['10.0.0.0/8', '169.254.0.0/16', 'fd00::/8'] }, text);
    assert.equal(cidr('http://10.1.2.3/'), true);
    assert.equal(cidr('10.1.2.3'), true);
    assert.equal(cidr('http://[::ffff:a01:203]/'), true);
    assert.equal(cidr('http://0xa010203/'), true, 'the URL parser says what it is');
    assert.equal(cidr('http://8.8.8.8/'), false);
    assert.equal(cidr('http://[fd12::1]/'), true);
    assert.equal(cidr('http://db.internal/'), undefined, 'where a name leads is not known');
    assert.equal(cidr('167838211'), undefined);
  });

  it('judges texts of policyTextCharactersMax by a pattern and longer ones not at all', () => {
    const length = limits.policyTextCharactersMax;
    const started = performance.now();
    assert.equal(judge({ is: 'pattern', value: '(a+)+b' }, 'a'.repeat(length)), false);
    assert.ok(performance.now() - started < 1_000);
    assert.equal(judge({ is: 'pattern', value: 'a*' }, 'a'.repeat(length + 1)), undefined);
    const pattern = 'a'.repeat(limits.policyPatternLengthMax);
    assert.equal(judge({ is: 'pattern', value: pattern }, pattern), true);
    assert.equal(judge({ is: 'pattern', value: `${pattern}a` }, `${pattern}a`), undefined);
  });

  it('says what is wrong with one that makes no sense, and then holds for nobody', () => {
    const wrong: readonly ArgumentCondition[] = [
      { pointer: 'a', is: 'eq', value: 1 },
      { pointer: '/a~2', is: 'exists', value: true },
      { pointer: '/a', is: 'lt', value: 'five' },
      { pointer: '/a', is: 'pattern', value: '(?=x)' },
      { pointer: '/a', is: 'host', values: ['https://x'] },
      { pointer: '/a', is: 'cidr', values: ['10.0.0.1'] },
    ];
    for (const condition of wrong) {
      assert.match(conditionProblem(condition) ?? '', /^Give /);
      assert.equal(compileCondition(condition)({ a: 1 }), undefined);
    }
    assert.equal(conditionProblem({ pointer: '/a~1b/0', is: 'gt', value: '1e5' }), undefined);
    const test = compileCondition({ pointer: '/a~1b/0', is: 'eq', value: 1 });
    assert.equal(test({ 'a/b': [1] }), true);
    assert.equal(test({ 'a/b': { 0: 1 } }), true);
  });
});
