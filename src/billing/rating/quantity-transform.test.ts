import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatExact, parseExact } from '../../kernel/exact.ts';
import { type QuantityTransform, transformQuantity } from './quantity-transform.ts';

const cases: readonly [string, QuantityTransform, string][] = [
  ['61', { increment: '6', divideBy: '60' }, '1.1'],
  ['4200', { rounding: 'up', divideBy: '1000' }, '5'],
  ['4200', { divideBy: '1000' }, '4.2'],
  ['9', { minimum: '15', increment: '1' }, '15'],
  ['4.6', { rounding: 'down' }, '4'],
  ['0', { increment: '100' }, '0'],
  ['250', { increment: '100', rounding: 'half_even' }, '200'],
  ['250', { increment: '100', rounding: 'half_up' }, '300'],
  ['7', {}, '7'],
];

for (const [quantity, transform, billed] of cases) {
  test(`${quantity} with ${JSON.stringify(transform)} is ${billed}`, () => {
    assert.equal(formatExact(transformQuantity(transform, parseExact(quantity))), billed);
  });
}
