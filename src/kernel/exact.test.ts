import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  add,
  compare,
  divide,
  exactOf,
  exactZero,
  type Exact,
  formatExact,
  fraction,
  fromNano,
  greatest,
  least,
  multiply,
  negate,
  parseExact,
  type RoundingMode,
  roundTo,
  subtract,
  toNano,
} from './exact.ts';

const exact = fc
  .tuple(fc.bigInt(-(10n ** 24n), 10n ** 24n), fc.bigInt(1n, 10n ** 12n))
  .map(([numerator, denominator]) => fraction(numerator, denominator));

describe('exact numbers', () => {
  test('are read from decimals and fractions, in lowest terms', () => {
    assert.deepEqual(parseExact('12'), exactOf(12n));
    assert.deepEqual(parseExact('-0.0010'), { numerator: -1n, denominator: 1000n });
    assert.deepEqual(parseExact('0006/4'), { numerator: 3n, denominator: 2n });
    assert.deepEqual(parseExact('-0'), exactZero);
  });

  test('are not read from anything else', () => {
    for (const text of ['', '1e3', '1/0', '.5', '1.', '+1', ' 1', '1,5', '0x1', '1/-2', '1/2/3']) {
      assert.throws(() => parseExact(text), SyntaxError, text);
    }
  });

  test('are written as a decimal where there is one', () => {
    assert.equal(formatExact(parseExact('1.50')), '1.5');
    assert.equal(formatExact(parseExact('-1/8')), '-0.125');
    assert.equal(formatExact(parseExact('97/3')), '97/3');
    assert.equal(formatExact(parseExact('0.05')), '0.05');
  });

  test('keep their value through text', () => {
    fc.assert(
      fc.property(exact, (one) => assert.deepEqual(parseExact(formatExact(one)), one)),
      { numRuns: 500 },
    );
  });

  test('obey the laws of a field', () => {
    fc.assert(
      fc.property(exact, exact, exact, (a, b, c) => {
        assert.deepEqual(add(a, b), add(b, a));
        assert.deepEqual(add(add(a, b), c), add(a, add(b, c)));
        assert.deepEqual(multiply(a, add(b, c)), add(multiply(a, b), multiply(a, c)));
        assert.deepEqual(add(subtract(a, b), b), a);
        assert.deepEqual(add(a, negate(a)), exactZero);
        if (b.numerator !== 0n) assert.deepEqual(multiply(divide(a, b), b), a);
      }),
      { numRuns: 300 },
    );
    assert.throws(() => divide(exactOf(1n), exactZero), RangeError);
  });

  test('are ordered', () => {
    const [small, large] = [parseExact('1/3'), parseExact('0.34')];
    assert.ok(compare(small, large) < 0 && compare(large, small) > 0);
    assert.equal(compare(parseExact('2/4'), parseExact('0.5')), 0);
    assert.equal(least(small, large), small);
    assert.equal(greatest(small, large), large);
  });
});

describe('rounding', () => {
  const cases: readonly [string, RoundingMode, bigint][] = [
    ['10.125', 'half_even', 1012n],
    ['10.135', 'half_even', 1014n],
    ['10.125', 'half_up', 1013n],
    ['-1.005', 'half_even', -100n],
    ['-1.005', 'half_up', -101n],
    ['1.0001', 'up', 101n],
    ['-1.0001', 'up', -101n],
    ['1.0099', 'down', 100n],
    ['-1.0099', 'down', -100n],
    ['1/3', 'half_even', 33n],
    ['2/3', 'half_up', 67n],
    ['5', 'up', 500n],
  ];
  for (const [text, mode, cents] of cases) {
    test(`${text} ${mode} is ${cents} hundredths`, () => {
      assert.equal(roundTo(parseExact(text), 2, mode), cents);
    });
  }

  test('never moves a number by more than one step, or by more than a half', () => {
    const near = (one: Exact, digits: number, mode: RoundingMode): Exact => {
      const rounded = fraction(roundTo(one, digits, mode), 10n ** BigInt(digits));
      const gap = subtract(rounded, one);
      return multiply(gap.numerator < 0n ? negate(gap) : gap, exactOf(10n ** BigInt(digits)));
    };
    fc.assert(
      fc.property(exact, fc.integer({ min: 0, max: 12 }), (one, digits) => {
        for (const mode of ['half_even', 'half_up'] as const) {
          assert.ok(compare(near(one, digits, mode), fraction(1n, 2n)) <= 0);
        }
        for (const mode of ['up', 'down'] as const) {
          assert.ok(compare(near(one, digits, mode), exactOf(1n)) < 0);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('billionths come back as they were', () => {
    fc.assert(fc.property(fc.bigInt(), (nano) => assert.equal(toNano(fromNano(nano)), nano)));
    assert.equal(toNano(parseExact('0.0000000005')), 0n);
    assert.equal(toNano(parseExact('0.0000000015')), 2n);
  });
});
