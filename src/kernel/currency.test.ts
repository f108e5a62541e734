import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  convertAmount,
  convertBack,
  currencyDigits,
  exactMinorUnits,
  fromMinorUnits,
  printAmount,
  toMinorUnits,
} from './currency.ts';
import { formatExact, parseExact } from './exact.ts';

describe('currencies', () => {
  test('have the smallest units of ISO 4217, not those of daily life', () => {
    const found = ['USD', 'JPY', 'KWD', 'IQD', 'HUF', 'IDR', 'CLP', 'CLF', 'VND'].map(
      currencyDigits,
    );
    assert.deepEqual(found, [2, 0, 3, 3, 2, 2, 0, 4, 0]);
  });

  test('are refused when they are none', () => {
    for (const code of ['usd', 'US', 'EURO', 'XTS', 'XAU', '']) {
      assert.throws(() => currencyDigits(code), RangeError, code);
    }
  });

  test('amounts are printed with all their decimals', () => {
    const print = (text: string, currency: string): string =>
      printAmount(parseExact(text), currency, 'half_even');
    assert.equal(print('10.275', 'USD'), '10.28');
    assert.equal(print('-0.004', 'USD'), '0.00');
    assert.equal(print('-0.05', 'EUR'), '-0.05');
    assert.equal(print('1023.5', 'JPY'), '1024');
    assert.equal(print('47.34075', 'KWD'), '47.341');
    assert.equal(printAmount(parseExact('10.125'), 'USD', 'half_up'), '10.13');
  });

  test('amounts go to smallest units and back', () => {
    assert.equal(toMinorUnits(parseExact('10.50'), 'USD', 'half_even'), 1050n);
    assert.equal(formatExact(fromMinorUnits(1050n, 'KWD')), '1.05');
    assert.equal(formatExact(exactMinorUnits(parseExact('115/17'), 'EUR')), '11500/17');
  });

  test('are exchanged at a rate above 0, both ways', () => {
    const [amount, rate] = [parseExact('10'), parseExact('0.9')];
    assert.equal(formatExact(convertAmount(amount, rate)), '9');
    assert.equal(formatExact(convertBack(amount, rate)), '100/9');
    assert.throws(() => convertAmount(amount, parseExact('0')), /rate of exchange/);
    assert.throws(() => convertBack(amount, parseExact('-1')), /rate of exchange/);
  });
});
