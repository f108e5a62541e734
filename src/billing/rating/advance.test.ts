import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatExact, parseExact } from '../../kernel/exact.ts';
import { advance, closeAmount, openState, retract } from './advance.ts';
import type { MeterState } from './meter-state.ts';
import type { Price } from './price.ts';

/** The counter after events of these quantities. */
const after = (price: Price, ...quantities: readonly string[]): MeterState =>
  quantities.reduce(
    (state, text) => advance(price, state, { quantity: parseExact(text) }),
    openState(price),
  );

/** What these quantities cost while the period is open. */
const cost = (price: Price, ...quantities: readonly string[]): string =>
  formatExact(after(price, ...quantities).amount);

const steps = [
  { upTo: '10', unitAmount: '2' },
  { upTo: '20', unitAmount: '1' },
] as const;
const graduated: Price = {
  model: 'graduated',
  tiers: [...steps, { upTo: null, unitAmount: '0.5', flatAmount: '3' }],
};
const volume: Price = { ...graduated, model: 'volume' };

describe('prices', () => {
  test('flat is due once, with the first event', () => {
    const price: Price = { model: 'flat', amount: '99' };
    assert.deepEqual([cost(price), cost(price, '0'), cost(price, '5', '7')], ['0', '99', '99']);
    assert.equal(cost({ ...price, included: '5' }, '5'), '0');
    assert.equal(cost({ ...price, included: '5' }, '5', '1'), '99');
  });

  test('unit takes what is included off first', () => {
    const price: Price = { model: 'unit', unitAmount: '0.001', included: '3' };
    assert.deepEqual([cost(price, '3'), cost(price, '2', '1.5')], ['0', '0.0005']);
    assert.equal(cost({ model: 'unit', unitAmount: '2' }, '-3'), '-6');
  });

  test('package is paid once begun, and never when it is rounded down', () => {
    const price: Price = { model: 'package', packageSize: '10', packageAmount: '15' };
    const found = ['0', '1', '10', '10.5', '21'].map((text) => cost(price, text));
    assert.deepEqual(found, ['0', '15', '15', '30', '45']);
    assert.equal(cost({ ...price, rounding: 'down' }, '19'), '15');
  });

  test('graduated prices each unit in its own tier; a limit belongs to its tier', () => {
    const found = ['0', '10', '11', '20', '20.5', '22'].map((text) => cost(graduated, text));
    assert.deepEqual(found, ['0', '20', '21', '30', '33.25', '34']);
  });

  test('volume prices all units in the tier of the last one', () => {
    const found = ['0', '10', '11', '20', '21'].map((text) => cost(volume, text));
    assert.deepEqual(found, ['0', '20', '11', '20', '13.5']);
  });

  test('tiers have packages, rates, flat amounts and limits of their own', () => {
    const tiers = [
      { upTo: '100', unitAmount: '1', packageSize: '30', flatAmount: '5' },
      { upTo: null, ratePercent: '2', maximumAmount: '3' },
    ] as const;
    const price: Price = { model: 'graduated', tiers };
    const found = ['0', '1', '30', '31', '100', '150', '900'].map((text) => cost(price, text));
    assert.deepEqual(found, ['0', '6', '6', '7', '9', '10', '12']);
    const open: Price = { ...price, firstFlatAtZero: true };
    assert.deepEqual([cost(open), cost(open, '1')], ['5', '6']);
    assert.equal(cost({ ...open, model: 'volume' }), '5');
  });

  test('a quantity beyond a closed table has no price', () => {
    for (const model of ['graduated', 'volume'] as const) {
      const price: Price = { model, tiers: steps };
      assert.equal(cost(price, '20'), model === 'graduated' ? '30' : '20');
      assert.throws(() => cost(price, '20.1'), /beyond the last tier/);
    }
  });

  test('a percentage is free until its free events or its free amount are used up', () => {
    const price: Price = {
      model: 'percentage',
      ratePercent: '2',
      fixedAmount: '1',
      freeEvents: '2',
      freeAmount: '100',
    };
    assert.equal(cost(price, '40', '50'), '0');
    assert.equal(cost(price, '40', '50', '50'), '2');
    assert.equal(cost(price, '40', '60'), '0');
    assert.equal(cost(price, '40', '110'), '2');
    assert.equal(cost({ model: 'percentage', ratePercent: '2', included: '100' }, '150'), '1');
  });

  test('a percentage keeps each event between its minimum and its maximum', () => {
    const bounds = { minimumPerEvent: '1', maximumPerEvent: '10' } as const;
    const price: Price = { model: 'percentage', ratePercent: '2', fixedAmount: '0.5', ...bounds };
    assert.equal(cost(price, '10'), '1');
    assert.equal(cost(price, '100', '10000'), '12.5');
  });
});

describe('terms of a period', () => {
  const price: Price = { model: 'unit', unitAmount: '12', minimum: '120', maximum: '240' };

  test('a maximum holds while the period is open, a minimum when it closes', () => {
    assert.deepEqual([cost(price, '8'), cost(price, '25')], ['96', '240']);
    assert.equal(formatExact(closeAmount(price, after(price, '8'))), '120');
    assert.equal(formatExact(closeAmount(price, after(price, '8'), parseExact('1/2'))), '96');
    assert.equal(formatExact(closeAmount(price, openState(price), parseExact('1/3'))), '40');
  });

  test('what goes beyond a commitment costs more, what stays below it is due', () => {
    const commitment = { amount: '20', overageFactor: '1.5' } as const;
    const committed: Price = { model: 'unit', unitAmount: '2', commitment };
    const close = (text: string): string =>
      formatExact(closeAmount(committed, after(committed, text)));
    assert.deepEqual(['6', '10', '15'].map(close), ['20', '20', '35']);
    assert.equal(cost(committed, '6'), '12');
    const byQuantity: Price = { ...committed, commitment: { quantity: '10', isTruedUp: false } };
    assert.equal(formatExact(closeAmount(byQuantity, after(byQuantity, '6'))), '12');
  });
});

describe('taking back', () => {
  test('on a volume price posts what the last unit changed, whichever event it was', () => {
    const price: Price = { model: 'volume', tiers: [...steps, { upTo: null, unitAmount: '0.1' }] };
    const before = after(price, '5', '16');
    const taken = retract(price, before, { quantity: parseExact('5') });
    assert.deepEqual([formatExact(before.amount), formatExact(taken.amount)], ['2.1', '16']);
  });

  test('is right above the maximum of a percentage', () => {
    const price: Price = { model: 'percentage', ratePercent: '10', maximum: '5' };
    const before = after(price, '40', '30');
    assert.equal(formatExact(before.amount), '5');
    const taken = retract(price, before, { quantity: parseExact('30') });
    assert.deepEqual(taken, after(price, '40'));
  });
});
