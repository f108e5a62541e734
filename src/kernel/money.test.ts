import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatMoney } from './money.ts';

test('an amount is written as a decimal with at least two places', () => {
  const written: readonly (readonly [bigint, string])[] = [
    [0n, '0.00'],
    [1n, '0.000000001'],
    [-1n, '-0.000000001'],
    [10_000_000n, '0.01'],
    [100_000_000n, '0.10'],
    [1_500_000_000n, '1.50'],
    [-1_500_000_000n, '-1.50'],
    [1_234_567_890n, '1.23456789'],
    [9_007_199_254_740_993_000_000_001n, '9007199254740993.000000001'],
  ];
  for (const [amount, text] of written) assert.equal(formatMoney(amount), text);
});

test('nothing is lost in writing', () => {
  const amounts = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
  fc.assert(
    fc.property(amounts, (amount) => {
      const text = formatMoney(amount);
      const [whole = '', fraction = ''] = text.replace('-', '').split('.');
      const size = BigInt(whole) * 10n ** 9n + BigInt(fraction.padEnd(9, '0'));
      assert.match(text, /^-?(?:0|[1-9]\d*)\.\d{2,9}$/);
      assert.equal(text.startsWith('-') ? -size : size, amount);
    }),
  );
});
