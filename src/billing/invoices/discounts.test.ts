import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  add,
  compare,
  type Exact,
  exactZero,
  formatExact,
  fraction,
  parseExact,
} from '../../kernel/exact.ts';
import { applyCoupons, type Coupon, discountLines, isCouponGood } from './discounts.ts';
import { splitExactly, splitInUnits } from './split-amount.ts';

const percent = (text: string, others: Partial<Coupon> = {}): Coupon => ({
  percent: parseExact(text),
  ...others,
});
const off = (text: string, others: Partial<Coupon> = {}): Coupon => ({
  amount: parseExact(text),
  ...others,
});
const texts = (amounts: readonly Exact[]): readonly string[] => amounts.map(formatExact);

describe('coupons', () => {
  test('are taken one after the other, and never more than is left', () => {
    const found = (subtotal: string, ...coupons: readonly Coupon[]): readonly string[] => {
      const { discounts, total, net } = applyCoupons(parseExact(subtotal), coupons);
      return texts([...discounts, total, net]);
    };
    assert.deepEqual(found('100', percent('10'), percent('10')), ['10', '9', '19', '81']);
    assert.deepEqual(found('50', off('30'), off('30')), ['30', '20', '50', '0']);
    assert.deepEqual(found('100', percent('150')), ['100', '100', '0']);
    assert.deepEqual(found('100', percent('25', { of: parseExact('80') }), off('10')), [
      '20',
      '10',
      '30',
      '70',
    ]);
    assert.deepEqual(found('100', off('-5')), ['0', '0', '100']);
    assert.deepEqual(found('-20', off('5')), ['0', '0', '-20']);
  });

  test('for some lines are spread over what those still cost', () => {
    const lines = ['10', '20', '30'].map(parseExact);
    const coupons = [off('15', { lines: [0, 1] }), percent('50')];
    const { lineDiscounts, lineNets, total } = discountLines(lines, coupons);
    assert.deepEqual(texts(lineNets), ['2.5', '5', '15']);
    assert.deepEqual(texts(lineDiscounts), ['7.5', '15', '15']);
    assert.equal(formatExact(total), '37.5');
  });

  test('are good for so many invoices', () => {
    const coupon = percent('10', { invoices: 2n });
    assert.deepEqual(
      [0n, 1n, 2n].map((number) => isCouponGood(coupon, number)),
      [true, true, false],
    );
    assert.ok(isCouponGood(percent('10'), 99n));
  });

  test('split into parts that sum to the discount and leave no line below 0', () => {
    const amount = fc.bigInt(0n, 10_000n).map((units) => fraction(units, 13n));
    const coupon = fc.record({ amount }).map((one): Coupon => one);
    fc.assert(
      fc.property(
        fc.array(amount, { minLength: 1, maxLength: 6 }),
        fc.array(coupon, { maxLength: 3 }),
        (lines, coupons) => {
          const { discounts, lineDiscounts, lineNets, total, net } = discountLines(lines, coupons);
          assert.deepEqual(lineDiscounts.reduce(add, exactZero), total);
          assert.deepEqual(discounts.reduce(add, exactZero), total);
          assert.deepEqual(add(total, net), lines.reduce(add, exactZero));
          assert.ok(lineNets.every((one) => compare(one, exactZero) >= 0));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('splitting', () => {
  test('gives what is left over to the lines that lost most', () => {
    const weights = ['3.33', '3.33', '3.34'].map(parseExact);
    assert.deepEqual(splitInUnits(parseExact('1'), weights, 2), [33n, 33n, 34n]);
    assert.deepEqual(splitInUnits(parseExact('-1'), weights, 2), [-33n, -33n, -34n]);
    const thirds = ['1', '1', '1'].map(parseExact);
    assert.deepEqual(splitInUnits(parseExact('100'), thirds, 0), [34n, 33n, 33n]);
  });

  test('gives equal parts to lines that cost nothing, and refuses lines below 0', () => {
    assert.deepEqual(texts(splitExactly(parseExact('1'), [exactZero, exactZero])), ['0.5', '0.5']);
    assert.throws(() => splitExactly(parseExact('1'), [parseExact('-1')]), /not below 0/);
  });

  test('in whole units sums to the rounded amount, each within one unit of its part', () => {
    const weight = fc.bigInt(0n, 1000n).map((units) => fraction(units, 3n));
    const amount = fc.bigInt(-100_000n, 100_000n).map((units) => fraction(units, 100n));
    fc.assert(
      fc.property(amount, fc.array(weight, { minLength: 1, maxLength: 8 }), (whole, weights) => {
        const units = splitInUnits(whole, weights, 2);
        const sum = units.reduce((total, one) => total + one, 0n);
        assert.deepEqual(fraction(sum, 100n), whole);
        splitExactly(whole, weights).forEach((part, index) => {
          const gap = add(part, fraction(-(units[index] ?? 0n), 100n));
          assert.ok(compare(gap, fraction(1n, 100n)) < 0 && compare(gap, fraction(-1n, 100n)) > 0);
        });
      }),
      { numRuns: 300 },
    );
  });
});
