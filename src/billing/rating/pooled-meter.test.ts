import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Exact, formatExact, parseExact } from '../../kernel/exact.ts';
import { closeTogether } from './close-together.ts';
import { advancePool, emptyPool, poolShares } from './pooled-meter.ts';
import type { Price } from './price.ts';
import { rateWindows } from './rate-windows.ts';
import { contextLength, contextTier, priceTokens } from './token-prices.ts';

const texts = (amounts: ReadonlyMap<string, Exact>): Record<string, string> =>
  Object.fromEntries([...amounts].map(([name, amount]) => [name, formatExact(amount)]));

describe('a counter of several meters', () => {
  const tiered = (below: string, above: string): Price => ({
    model: 'graduated',
    tiers: [
      { upTo: '100', unitAmount: below },
      { upTo: null, unitAmount: above },
    ],
  });
  const prices = new Map([
    ['in', tiered('2', '1')],
    ['out', tiered('5', '4')],
  ]);
  const event = (meter: string, quantity: string) => ({ meter, quantity: parseExact(quantity) });

  test('makes the later units cheap, of whichever meter they are', () => {
    const first = advancePool(prices, emptyPool, event('out', '90'));
    const both = advancePool(prices, first, event('in', '30'));
    assert.deepEqual(texts(both.amounts), { out: '450', in: '40' });
    const shares = poolShares(prices, first, event('in', '30'));
    const found = shares.map(({ tier, amount }) => [tier, formatExact(amount)]);
    assert.deepEqual(found, [
      [0n, '20'],
      [1n, '20'],
    ]);
  });

  test('refuses a meter without a price, and shares of a price without tiers', () => {
    assert.throws(() => advancePool(prices, emptyPool, event('x', '1')), /No price for the meter/);
    const flat = new Map([['in', { model: 'unit', unitAmount: '1' } as const]]);
    assert.throws(() => poolShares(flat, emptyPool, event('in', '1')), RangeError);
  });
});

describe('several rules', () => {
  test('share a minimum, a maximum and a commitment', () => {
    const amounts = ['30', '50'].map(parseExact);
    const close = (terms: Parameters<typeof closeTogether>[1], share = '1') => {
      const committed = parseExact(terms.commitment?.amount ?? '0');
      const closed = closeTogether(amounts, terms, committed, parseExact(share));
      return [closed.subtotal, closed.total, closed.trueUp].map(formatExact);
    };
    assert.deepEqual(close({}), ['80', '80', '0']);
    assert.deepEqual(close({ minimum: '100' }), ['80', '100', '20']);
    assert.deepEqual(close({ minimum: '180' }, '1/2'), ['80', '90', '10']);
    assert.deepEqual(close({ maximum: '60' }), ['60', '60', '0']);
    const commitment = { amount: '60', overageFactor: '2' };
    assert.deepEqual(close({ commitment }), ['100', '100', '0']);
  });

  test('of windows each keep their own commitment', () => {
    const price: Price = {
      model: 'unit',
      unitAmount: '2',
      commitment: { amount: '20', overageFactor: '1.5' },
    };
    const hours = [
      ['9', '6'],
      ['10', '4'],
      ['10', '11'],
    ] as const;
    const quantities = hours.map(([window, text]) => ({ window, quantity: parseExact(text) }));
    assert.deepEqual(texts(rateWindows(price, quantities)), { '9': '20', '10': '35' });
  });
});

describe('tokens', () => {
  const tokens = { input: '100000', cache_read: '150000', output: '10' };
  const quantities = Object.fromEntries(
    Object.entries(tokens).map(([name, text]) => [name, parseExact(text)]),
  );

  test('cost what their class costs, and are never free for want of a rate', () => {
    const rates = { input: '2.5', cache_read: '1.25', output: '10' };
    const amounts = texts(priceTokens({ per: '1000000', rates }, quantities));
    assert.deepEqual(amounts, { input: '0.25', cache_read: '0.1875', output: '0.0001' });
    const input = { per: '1000000', rates: { input: '2.5' } };
    assert.throws(() => priceTokens(input, quantities), /No rate for tokens of class cache_read/);
    const inherited = { toString: parseExact('1') };
    assert.throws(() => priceTokens(input, inherited), /class toString/);
  });

  test('are priced by the length of all that was read in one request', () => {
    assert.equal(formatExact(contextLength(quantities)), '250000');
    const tiers = [{ upTo: '200000' }, { upTo: '250000' }] as const;
    assert.equal(contextTier(tiers, parseExact('200000')), tiers[0]);
    assert.equal(contextTier(tiers, parseExact('200001')), tiers[1]);
    assert.throws(() => contextTier(tiers, parseExact('250001')), /longer than the last tier/);
  });
});
